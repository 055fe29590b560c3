"""Key frames that a real browser asks for."""

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.support.appliance import Appliance
from tests.support.browsers.chromium import launch_chromium
from tests.support.browsers.devices import Devices
from tests.support.browsers.phone import Phone
from tests.support.scenario import AT_END

REQUESTS = 10

PAUSE = 0.6
"""Seconds between two requests: the appliance gives two key frames a second at most."""

AMONG_THE_NEXT = 15
"""Pictures: the key frame, one or two that were on the way when the request came, and those that a
busy browser has decoded before it tells. Without a request there is one in 300."""


async def keyframes_come(appliance: Appliance, name: str) -> None:
    """Call from Chromium, and see it `get_keyframes`."""
    with TemporaryDirectory(prefix="homecall-browser-", ignore_cleanup_errors=True) as files:
        async with launch_chromium(Path(files), appliance.ca, Devices()) as browser:
            phone = await browser.phone(bypass_csp=True)
            await phone.open(await appliance.link())
            await phone.wait_for("probes.firstFrame", within=60)
            await get_keyframes(phone, name)
            await phone.click("#hangup")
            await phone.wait_for(AT_END)


async def get_keyframes(phone: Phone, name: str) -> None:
    """Ask again and again, in a call of a Chromium without CSP; prints what came of it.

    Raises AssertionError where half of the key frames were not among the next pictures.
    """
    answers = []
    for _ in range(REQUESTS):
        await asyncio.sleep(PAUSE)
        answers.append(await phone.evaluate("probes.keyframe()"))
    frames = sorted(int(answer["frames"]) for answer in answers)
    times = sorted(round(answer["ms"]) for answer in answers)
    print(f"{name}: pictures until the key frame is told: {frames}; milliseconds: {times}")
    assert frames[REQUESTS // 2] <= AMONG_THE_NEXT
