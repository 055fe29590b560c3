"""The visitor's picture on the appliance's screen, over a network that loses packets.

The test prints what came of it, second by second.
"""

import asyncio
from collections.abc import AsyncIterator
from itertools import pairwise

import pytest
import pytest_asyncio

from tests.e2e.house import House, house
from tests.support.browsers.browser import BrowserName
from tests.support.rigs import screen
from tests.support.scenario import seen, until

pytestmark = [
    pytest.mark.long,
    pytest.mark.e2e,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(120),
]

LOSS = 5
"""Per cent."""

SECONDS = 20

LOOK = 0.05
"""Seconds between two looks."""

FREEZE = 0.5
"""Seconds without a picture that a person notices."""


@pytest_asyncio.fixture(scope="module", loop_scope="module", name="house")
async def the_house(
    browser_name: BrowserName, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[House]:
    memory = tmp_path_factory.mktemp("screen") / "memory"
    async with house(320, 240, 10, screen.command(memory), browser_name=browser_name) as made:
        yield made


async def test_the_visitor_s_picture_gets_over_losses(house: House) -> None:
    async with house.phone() as (phone, host):
        await phone.open(await house.appliance.link())
        await until(house.appliance, seen)
        with host.weather(0, LOSS):
            times, shown = await looked_at(house)
        gaps = [after - before for before, after in pairwise(times)]
        freezes = [gap for gap in gaps if gap > FREEZE]
        print(
            f"losses: {shown} pictures in {SECONDS} s; longest gap {max(gaps):.1f} s, "
            f"{len(freezes)} over {FREEZE} s"
        )
        assert max(gaps) < 3 * FREEZE
        assert shown > 10 * SECONDS
        await house.hang_up(phone)


async def looked_at(house: House) -> tuple[list[float], int]:
    """When there was another picture, in seconds, and how many there were."""
    now = asyncio.get_running_loop().time
    begin = last = before = await pictures(house)
    start, times, second = now(), [now()], 1
    while now() < start + SECONDS:
        await asyncio.sleep(LOOK)
        if (number := await pictures(house)) > last:
            last = number
            times.append(now())
        if now() > start + second:
            print(f"losses {second:3} s: {last - before:2} pictures")
            before, second = last, second + 1
    return times, last - begin


async def pictures(house: House) -> int:
    """How many have been decoded."""
    [call] = (await house.appliance.status())["calls"]
    number: int = call["received"]["videoFrames"]
    return number
