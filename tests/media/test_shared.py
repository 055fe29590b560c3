"""When a device that fails is opened again, and for whom."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from itertools import pairwise

import pytest

from homecall_appliance.media import shared
from homecall_appliance.media.ports import DeviceError
from homecall_appliance.media.shared import Shared
from tests.support.call_world import until

FIRST, LONGEST = 0.05, 3.2

pytestmark = pytest.mark.slow

STEP = 0.005
"""Seconds by which the event loop's clock may be behind, which goes in steps."""


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared, "FIRST_PAUSE", FIRST)
    monkeypatch.setattr(shared, "LONGEST_PAUSE", LONGEST)


class Device(Shared):
    """One that cannot be opened, or is lost at once."""

    def __init__(self) -> None:
        super().__init__("device")
        self.opened_at: list[float] = []
        self.callers = 0

    async def _use(self) -> None:
        self.opened_at.append(self._loop.time())
        raise DeviceError("It is not there.")

    @contextmanager
    def called(self) -> Iterator[None]:
        self.callers += 1
        self._join()
        try:
            yield
        finally:
            self.callers -= 1
            self._want(self.callers > 0)

    @property
    def pauses(self) -> list[float]:
        return [after - before for before, after in pairwise(self.opened_at)]


@asynccontextmanager
async def supervised() -> AsyncIterator[Device]:
    device = Device()
    supervision = asyncio.create_task(device.run())
    yield device
    supervision.cancel()
    with suppress(asyncio.CancelledError):
        await supervision


async def failed_for_a_while(device: Device) -> None:
    """The last pause that has begun is of 1.6 s."""
    await until(lambda: len(device.opened_at) == 6)


async def test_the_pauses_of_one_caller_grow() -> None:
    async with supervised() as device:
        with device.called():
            await failed_for_a_while(device)
    assert all(pause >= FIRST * 2**n - STEP for n, pause in enumerate(device.pauses))


@pytest.mark.parametrize("before", ["gone", "there"])
async def test_who_comes_in_the_pause_of_another_does_not_wait_for_its_end(before: str) -> None:
    async with supervised() as device:
        with device.called():
            await failed_for_a_while(device)
            if before == "there":
                with device.called():
                    await until(lambda: len(device.opened_at) == 9)
        if before == "gone":
            with device.called():
                await until(lambda: len(device.opened_at) == 9)
    assert device.pauses[5] < FIRST * 2**5, "the pause that was broken off"
    assert device.pauses[6] < FIRST * 2**5, "the first of the new caller"
    assert device.pauses[7] >= FIRST * 2 - STEP


async def test_who_comes_once_the_pause_is_over_does_not_wait() -> None:
    async with supervised() as device:
        with device.called():
            await until(lambda: len(device.opened_at) == 4)
        await asyncio.sleep(FIRST * 2**4)
        assert len(device.opened_at) == 4, "nobody wants it"
        with device.called():
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            assert len(device.opened_at) == 5


async def test_calls_that_come_and_go_do_not_wear_the_device_out() -> None:
    async with supervised() as device:
        while len(device.opened_at) < 6:
            with device.called():
                await asyncio.sleep(0.001)
    assert min(device.pauses) >= FIRST - STEP
