"""What viewers see, and what processes take meanwhile."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from tests.support.browsers.browser import Browser
from tests.support.browsers.phone import Phone
from tests.support.process import processor, resident

POLL_SECONDS = 0.1
"""Between two readings of the clock in the picture."""

FIRST_PICTURE_SECONDS = 30.0
"""Longer than the first picture takes."""


@dataclass(frozen=True)
class View:
    """What one viewer saw."""

    pictures: float
    """Decoded, per second."""

    bits: float
    """Received per second: the payloads of picture and sound."""

    freezes: int
    """As W3C webrtc-stats counts them."""

    codec: str
    """Such as "H264"."""


@dataclass(frozen=True)
class Taken:
    """What one process took."""

    processor: float
    """Share of a core."""

    resident: int
    """Bytes of memory, in the end."""


@dataclass(frozen=True)
class Watched:
    """Some seconds of watching."""

    views: Sequence[View]
    ages: Sequence[float]
    """Milliseconds from the painting of a picture to its reading, of all viewers."""

    taken: Sequence[Taken]
    """In the order of the processes."""


async def view(browser: Browser, link: str) -> Phone:
    """Open the link, join without devices where the page asks; return when the first picture is
    there."""
    phone = await browser.phone()
    await phone.open(link)
    asking = "document.querySelector('#app')?.dataset.phase === 'asking'"
    await phone.wait_for(f"probes.firstFrame || {asking}", within=FIRST_PICTURE_SECONDS)
    if await phone.evaluate(asking):
        await phone.click("#join")
    await phone.wait_for("probes.firstFrame", within=FIRST_PICTURE_SECONDS)
    return phone


async def first_picture(phone: Phone) -> float:
    """Milliseconds from the navigation."""
    return float(await phone.evaluate("probes.firstFrame"))


async def watch(phones: Sequence[Phone], pids: Sequence[int], seconds: float) -> Watched:
    """Watch all at once; no phones: only the processes."""
    loop = asyncio.get_running_loop()
    inbound = [await _inbound(phone) for phone in phones]
    spent = [processor(pid) for pid in pids]
    begun = loop.time()
    ages: list[float] = []
    while loop.time() - begun < seconds:
        clocks = [await phone.evaluate("probes.clock()") for phone in phones]
        ages += [clock["age"] for clock in clocks if clock]
        await asyncio.sleep(POLL_SECONDS)
    passed = loop.time() - begun
    taken = [
        Taken((processor(pid) - was) / passed, resident(pid))
        for pid, was in zip(pids, spent, strict=True)
    ]
    views = [
        _view(before, await _inbound(phone)) for phone, before in zip(phones, inbound, strict=True)
    ]
    return Watched(views, ages, taken)


Inbound = dict[str, dict[str, float | str]]
"""The members of RTCInboundRtpStreamStats by kind of medium."""


async def _inbound(phone: Phone) -> Inbound:
    inbound: Inbound = (await phone.evaluate("probes.stats()"))["inbound"]
    return inbound


def _view(before: Inbound, after: Inbound) -> View:
    def more(member: str, kind: str = "video") -> float:
        return float(after[kind].get(member, 0)) - float(before[kind].get(member, 0))

    seconds = more("timestamp") / 1000
    received = sum(more("bytesReceived", kind) for kind in after)
    return View(
        pictures=more("framesDecoded") / seconds,
        bits=8 * received / seconds,
        freezes=round(more("freezeCount")),
        codec=str(after["video"]["mimeType"]).removeprefix("video/"),
    )
