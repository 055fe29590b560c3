"""What people see when the process that decodes the visitor's picture is lost in a call.

The test prints how long nothing moves on the screen, and what the phone sees meanwhile.
"""

import asyncio
import re
import zlib
from collections.abc import AsyncIterator, Callable
from itertools import pairwise
from pathlib import Path

import pytest
import pytest_asyncio

from tests.support.appliance import Appliance
from tests.support.browsers.browser import Browser
from tests.support.browsers.phone import Phone
from tests.support.process import family, kill, stop, take_its_memory
from tests.support.rigs import screen
from tests.support.scenario import AT_END, idle, seen, until

pytestmark = [pytest.mark.long, pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]

WORKER = b"homecall_appliance.decoder.worker"

LOST = r"The process that decodes the visitor's picture (.*); it is replaced\."

LOOK = 0.02
"""Seconds between two looks at the screen."""

BEFORE, AFTER = 2.0, 8.0
"""Seconds of looking, before and after the accident."""

BACK = 5.0
"""Seconds in which a person waits for a picture that is gone."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def appliance(memory: Path) -> AsyncIterator[Appliance]:
    """A daemon with a screen that shows pictures."""
    async with Appliance.running(command=screen.command(memory)) as appliance:
        yield appliance


@pytest.mark.parametrize(
    ("accident", "words"),
    [
        (kill, ["has died (SIGKILL)"]),
        (stop, ["does not answer"]),
        (take_its_memory, ["has ended", "decodes nothing any more", "has died (SIGSEGV)"]),
    ],
)
async def test_the_picture_comes_back_and_the_call_goes_on(
    accident: Callable[[int], None],
    words: list[str],
    memory: Path,
    appliance: Appliance,
    browser: Browser,
) -> None:
    phone = await browser.phone()
    await phone.open(await appliance.link())
    await until(appliance, seen)
    log_before = appliance.log()
    await moving(memory, BEFORE)
    [lost] = [pid for pid in family(appliance.pid) if decodes(pid)]
    begin, decoded = asyncio.get_running_loop().time(), await pictures(phone)
    accident(lost)
    times = [begin, *await moving(memory, AFTER)]
    gap = max(after - before for before, after in pairwise(times))
    seconds, decoded = times[-1] - begin, await pictures(phone) - decoded
    print(
        f"{accident.__name__}: the screen stands still for {gap:.2f} s; "
        f"the phone sees {decoded / seconds:.0f} pictures a second"
    )
    assert gap < BACK < seconds
    assert decoded > 10 * seconds
    told = re.findall(LOST, appliance.log()[len(log_before) :])
    # Without more memory it lives on, as long as the phone's pictures need no more.
    assert len(told) == 1 or (not told and accident is take_its_memory)
    assert {*told} <= {*words}
    await phone.click("#hangup")
    await phone.wait_for(AT_END)
    await until(appliance, idle)
    await phone.close()


def decodes(pid: int) -> bool:
    return WORKER in Path(f"/proc/{pid}/cmdline").read_bytes()


async def pictures(phone: Phone) -> int:
    """How many of ours the phone has decoded."""
    number: int = (await phone.evaluate("probes.stats()"))["inbound"]["video"]["framesDecoded"]
    return number


def checksum(memory: Path) -> int:
    return zlib.crc32(memory.read_bytes())


async def moving(memory: Path, seconds: float) -> list[float]:
    """When the screen changed."""
    now = asyncio.get_running_loop().time
    times: list[float] = []
    end, last = now() + seconds, 0
    while now() < end:
        if (shown := checksum(memory)) != last:
            times.append(now())
            last = shown
        await asyncio.sleep(LOOK)
    return times
