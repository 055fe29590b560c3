"""The sound of a phone over a network that loses packets and holds others up.

The test prints what came of it, second by second.
"""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.e2e.house import House, house
from tests.support.browsers.browser import BrowserName

pytestmark = [
    pytest.mark.long,
    pytest.mark.e2e,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(180),
]

MILLISECONDS, PERCENT = 50, 3

BEFORE, DURING, AFTER = 4, 12, 20
"""Seconds."""

LATE = 0.150
"""Seconds, twice what is wanted: these machines are busy."""


@pytest_asyncio.fixture(scope="module", loop_scope="module", name="house")
async def the_house(browser_name: BrowserName) -> AsyncIterator[House]:
    async with house(320, 180, 10, browser_name=browser_name) as made:
        yield made


async def test_the_sound_gets_over_jitter_and_losses(house: House) -> None:
    async with house.phone() as (phone, host):
        await house.call(phone)
        await listen(house, "before", BEFORE)
        with host.weather(MILLISECONDS, PERCENT):
            rough = await listen(house, "during", DURING)
        smooth = await listen(house, "after", AFTER)
        assert rough["recovered"] > 0
        assert rough["concealed"] < 0.1 * rough["frames"]
        assert smooth["delay"] < LATE
        await house.hang_up(phone)


async def listen(house: House, name: str, seconds: int) -> dict[str, float]:
    """Print the figures of each second; returns how much they have grown, and the last delay."""
    begun = last = await figures(house)
    for second in range(seconds):
        await asyncio.sleep(1)
        now = await figures(house)
        grown = {key: round(now[key] - last[key], 3) for key in now}
        print(
            f"{name} {second + 1:2} s: {grown['frames']:3.0f} packets, {grown['late']:2.0f} late, "
            f"{grown['recovered']:2.0f} recovered, {grown['concealed']:2.0f} blocks concealed, "
            f"{grown['stretched']:2.0f} stretched; delay {1000 * now['delay']:3.0f} ms, "
            f"wanted {1000 * now['wanted']:3.0f} ms"
        )
        last = now
    return {key: last[key] - begun[key] for key in last} | {"delay": last["delay"]}


async def figures(house: House) -> dict[str, float]:
    [call] = (await house.appliance.status())["calls"]
    received = call["received"]
    names = {
        "frames": "audioFrames",
        "late": "audioLate",
        "recovered": "audioRecovered",
        "concealed": "audioConcealed",
        "stretched": "audioStretched",
        "delay": "audioDelay",
        "wanted": "audioWantedDelay",
    }
    return {short: received[name] for short, name in names.items()}
