"""The picture over a bottleneck, and over a network that loses packets.

Each test prints what came of it, second by second.
"""

import asyncio
from collections.abc import AsyncIterator
from itertools import pairwise

import pytest
import pytest_asyncio

from tests.e2e.house import House, house
from tests.support.browsers.browser import BrowserName
from tests.support.browsers.phone import Phone

pytestmark = [
    pytest.mark.long,
    pytest.mark.e2e,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(180),
]

BOTTLENECK = 600
"""kbit/s, of which the sound takes 100."""

PLENTY = 1_200_000
"""bit/s of the picture: four fifths of what is configured."""

FOLLOWS, COMES_BACK = 15.0, 40.0
"""Seconds, three times what is wanted: these machines are busy."""

LOSS = 5
"""Per cent."""

FREEZE = 500
"""Milliseconds without a picture that a person notices."""


@pytest_asyncio.fixture(scope="module", loop_scope="module", name="house")
async def the_house(browser_name: BrowserName) -> AsyncIterator[House]:
    async with house(1280, 720, 30, browser_name=browser_name) as made:
        yield made


class Series:
    """What happens to the picture, second by second."""

    def __init__(self, house: House, phone: Phone, name: str) -> None:
        self._house = house
        self._phone = phone
        self._name = name
        self._second = 0
        self._bytes = 0
        self._shown = 0
        self.target = 0
        """bit/s that the encoder is told to give."""

    async def next(self) -> None:
        """Wait a second, and print what came in it."""
        await asyncio.sleep(1)
        self._second += 1
        self.target = (await self._house.appliance.status())["camera"]["bitrate"]
        stats = await self._phone.evaluate("probes.stats()")
        video = stats["inbound"]["video"]
        shown = await self._phone.evaluate("probes.shown.length")
        print(
            f"{self._name} {self._second:3} s: target {self.target / 1000:5.0f} kbit/s, "
            f"received {8 * (video['bytesReceived'] - self._bytes) / 1000:5.0f} kbit/s, "
            f"{shown - self._shown:2} pictures; so far {video['packetsLost']} packets lost, "
            f"{video['pliCount']} key frames asked for, {video['keyFramesDecoded']} decoded"
        )
        self._bytes, self._shown = video["bytesReceived"], shown

    async def reaches(self, least: int, most: int, within: float) -> int:
        """Go on until the target is there; returns the seconds that it took."""
        for second in range(int(within)):
            await self.next()
            if least <= self.target <= most:
                return second + 1
        raise AssertionError(f"The target is {self.target} bit/s after {within:g} s.")


async def test_the_bitrate_follows_a_bottleneck_and_comes_back(house: House) -> None:
    async with house.phone() as (phone, host):
        await house.call(phone)
        series = Series(house, phone, "bottleneck")
        await series.reaches(PLENTY, 10 * PLENTY, within=COMES_BACK)
        host.narrow(BOTTLENECK)
        seconds = await series.reaches(0, 1000 * BOTTLENECK, within=FOLLOWS)
        print(f"bottleneck: followed after {seconds} s")
        for _ in range(10):
            await series.next()
        host.widen()
        seconds = await series.reaches(PLENTY, 10 * PLENTY, within=COMES_BACK)
        print(f"bottleneck: back after {seconds} s")
        await house.hang_up(phone)


async def test_the_picture_gets_over_losses(house: House) -> None:
    async with house.phone() as (phone, host):
        await house.call(phone)
        series = Series(house, phone, "losses")
        host.lose(LOSS)
        begun = await phone.evaluate("probes.shown.length")
        for _ in range(20):
            await series.next()
        shown: list[float] = await phone.evaluate(f"probes.shown.slice({begun})")
        gaps = sorted(after - before for before, after in pairwise(shown))
        freezes = [gap for gap in gaps if gap > FREEZE]
        print(
            f"losses: {len(shown)} pictures in 20 s; gaps between two: median "
            f"{gaps[len(gaps) // 2]:.0f} ms, longest {gaps[-1]:.0f} ms, {len(freezes)} over "
            f"{FREEZE} ms"
        )
        assert gaps[-1] < 3 * FREEZE
        assert len(shown) > 20 * 15
        await house.hang_up(phone)
