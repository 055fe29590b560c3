"""Calls with the appliance of a machine, by Chromium on the host."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.support.browsers.chromium import launch_chromium
from tests.support.browsers.devices import Devices
from tests.support.browsers.phone import PageError, Phone
from tests.support.machine.appliance import Appliance
from tests.support.network import Home
from tests.support.scenario import AT_END, flowing, idle

TONE_HERTZ = 440

CALL_SECONDS = 60.0
"""Generous, for a call on a busy machine."""

_addresses = count(100)


@asynccontextmanager
async def phone_at(network: Home, appliance: Appliance) -> AsyncIterator[Phone]:
    """A phone on a cable of its own, whose owner has had it trust the appliance."""
    with (
        network.host(next(_addresses)) as host,
        TemporaryDirectory(prefix="homecall-browser-", ignore_cleanup_errors=True) as files,
    ):
        authority = Path(files) / "ca.crt"
        authority.write_text(appliance.authority())
        home = Path(files) / "home"
        home.mkdir()
        async with launch_chromium(home, authority, Devices(), host.prefix) as browser:
            yield await browser.phone()


async def call(appliance: Appliance, phone: Phone) -> dict[str, Any]:
    """Open the link, see and hear, and be seen and heard; returns the status then."""
    link = await asyncio.to_thread(appliance.link)
    assert link.startswith(f"https://{appliance.address}/?session=")
    await phone.open(link)
    await phone.wait_for("probes.clock()", within=CALL_SECONDS)
    await phone.evaluate("probes.frame()")
    assert await phone.wait_for("probes.frame().difference > 1")
    await hears(phone)
    return await until(appliance, flowing)


async def hears(phone: Phone) -> None:
    """Wait until the tone of the test's microphone is what the phone hears."""
    near = f"tone && Math.abs(tone.hertz - {TONE_HERTZ}) < 5"
    await phone.wait_for(f"probes.tone().then((tone) => {near})", within=CALL_SECONDS)


async def hang_up(appliance: Appliance, phone: Phone) -> None:
    """End the call, and see the appliance ready for the next one."""
    await phone.click("#hangup")
    await phone.wait_for(AT_END)
    await until(appliance, idle)


async def link_at(appliance: Appliance, address: str) -> float:
    """Seconds until the link names the address."""
    return await asyncio.to_thread(
        appliance.machine.wait_for,
        lambda: appliance.link().startswith(f"https://{address}/"),
        30.0,
        f"a link to {address}",
    )


async def new_call(appliance: Appliance, phone: Phone, within: float) -> float:
    """Try until a call works, and end it; returns the seconds until the phone had a picture.

    Raises AssertionError with the journal.
    """
    start = time.monotonic()
    while True:
        try:
            await phone.open(await asyncio.to_thread(appliance.link))
            await phone.wait_for("probes.clock()", within=10)
            break
        except (PageError, TimeoutError) as error:
            if time.monotonic() - start > within:
                raise AssertionError(
                    f"No call within {within:g} s.\n{appliance.journal()}"
                ) from error
            await asyncio.sleep(0.1)
    seconds = time.monotonic() - start
    await until(appliance, flowing)
    await hang_up(appliance, phone)
    return seconds


async def until(appliance: Appliance, reached: Any, within: float = 20.0) -> dict[str, Any]:
    """Poll the status until it is as wanted, and return it.

    Raises AssertionError with the last one and the journal after `within` seconds; that the daemon
    of a busy machine does not answer in time is no status.
    """
    deadline = time.monotonic() + within
    status: dict[str, Any] | None = None
    while time.monotonic() < deadline:
        status = await asyncio.to_thread(appliance.answered_status)
        if status is not None and reached(status):
            return status
        await asyncio.sleep(0.2)
    raise AssertionError(f"{status}\n{appliance.journal()}")
