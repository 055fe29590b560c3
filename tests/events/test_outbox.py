"""What waits to be sent is bounded in number and in age."""

import asyncio

from homecall_appliance.events.outbox import LONGEST_WAIT, ROOM, Outbox
from tests.events.told import event


async def test_the_oldest_is_dropped_and_counted() -> None:
    outbox = Outbox()
    for call in range(1, ROOM + 4):
        outbox.put(event(call=call))
    assert (len(outbox), outbox.dropped) == (ROOM, 3)
    assert [(await outbox.get()).call for _ in range(ROOM)] == [*range(4, ROOM + 4)]
    assert outbox.dropped == 3


async def test_what_is_too_old_is_dropped_and_counted() -> None:
    now = 0.0
    outbox = Outbox(lambda: now)
    outbox.put(event(call=1))
    now = 1.0
    outbox.put(event(call=2))
    now = LONGEST_WAIT + 1.0
    assert (await outbox.get()).call == 2
    assert outbox.dropped == 1


async def test_the_next_one_is_waited_for() -> None:
    now = 0.0
    outbox = Outbox(lambda: now)
    outbox.put(event(call=1))
    now = LONGEST_WAIT + 1.0
    getting = asyncio.create_task(outbox.get())
    await asyncio.sleep(0)
    assert not getting.done()
    outbox.put(event(call=2))
    assert (await getting).call == 2


async def test_whoever_is_cancelled_takes_nothing_along() -> None:
    outbox = Outbox()
    getting = asyncio.create_task(outbox.get())
    await asyncio.sleep(0)
    outbox.put(event())
    getting.cancel()
    await asyncio.gather(getting, return_exceptions=True)
    assert (await outbox.get()).call == 1
