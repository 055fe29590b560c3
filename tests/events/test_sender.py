"""One delivery after the other, what is lost meanwhile, and what the journal has of it."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from homecall_appliance.events.event import Event
from homecall_appliance.events.outbox import ROOM
from homecall_appliance.events.sender import DeliveryError, Sender
from tests.events.told import event


class Place:
    """Takes events when it is told to, or refuses them."""

    def __init__(self) -> None:
        self.taken: list[int] = []
        self.at_a_time = 0
        self.works = True
        self.open = asyncio.Event()
        self.open.set()

    async def deliver(self, told: Event) -> None:
        self.at_a_time += 1
        assert self.at_a_time == 1
        await self.open.wait()
        self.at_a_time -= 1
        if not self.works:
            raise DeliveryError("The place is closed.")
        self.taken.append(told.call)


@asynccontextmanager
async def running(sender: Sender) -> AsyncIterator[None]:
    task = asyncio.create_task(sender.run())
    try:
        yield
    finally:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def until(condition: Callable[[], bool]) -> None:
    while not condition():  # noqa: ASYNC110
        await asyncio.sleep(0)


async def test_events_come_in_their_order() -> None:
    place = Place()
    sender = Sender("events.webhook", place.deliver)
    async with running(sender):
        for call in range(1, 6):
            sender.tell(event(call=call))
        await until(lambda: place.taken == [1, 2, 3, 4, 5])
    assert sender.lost == 0


async def test_failures_are_told_once_and_losses_counted(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    place = Place()
    sender = Sender("events.webhook", place.deliver)
    async with running(sender):
        for works, calls in ((False, (1, 2, 3)), (True, (4, 5)), (False, (6,)), (True, (7,))):
            place.works = works
            for call in calls:
                sender.tell(event(call=call))
            await until(lambda: sender.lost + len(place.taken) == calls[-1])  # noqa: B023
    assert place.taken == [4, 5, 7]
    assert caplog.messages == [
        "The place is closed. Further failures are counted, not told.",
        "events.webhook works; events lost before that: 3.",
        "The place is closed. Further failures are counted, not told.",
        "events.webhook works; events lost before that: 1.",
    ]


async def test_one_that_is_slow_loses_the_oldest(caplog: pytest.LogCaptureFixture) -> None:
    place = Place()
    place.open.clear()
    sender = Sender("events.command", place.deliver)
    async with running(sender):
        sender.tell(event(call=0))
        await until(lambda: place.at_a_time == 1)
        for call in range(1, ROOM + 11):
            sender.tell(event(call=call))
        assert sender.lost == 10
        place.open.set()
        await until(lambda: len(place.taken) == ROOM + 1)
    assert place.taken == [0, *range(11, ROOM + 11)]
    assert caplog.messages == ["events.command works; events lost before that: 10."]
