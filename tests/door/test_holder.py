"""The line is active when it is wanted, and for as long as is allowed: the real processes, with a
file in place of a GPIO chip. What crashes is in test_accidents.py."""

import asyncio
import time
from pathlib import Path

import pytest

from homecall_appliance.door.holder_process import CLOSED_TIMEOUT
from homecall_appliance.door.line_opener import NOTE, LineOpener
from homecall_appliance.door.ports import DoorError
from tests.door.line_world import COMMAND, SECONDS, Record, holding, inactive, opened, until


async def test_the_line_is_inactive_from_the_start_on_and_active_for_a_while(
    record: Record,
) -> None:
    async with holding(record) as opener:
        assert [(who, active) for _, who, active in record.history()] == [("request", False)]
        began = await opened(opener)
        await inactive(record)
        (_, _, first), (at, _, second), (end, _, third), *others = record.history()
        assert (first, second, third) == (False, True, False)
        assert began <= at
        assert end >= began + SECONDS
        assert not any(active for _, _, active in others)
        await opened(opener)
    assert not record.is_active
    assert not (record.file.parent / NOTE).exists()


async def test_a_wish_while_it_is_open_prolongs_it_to_its_own_end(record: Record) -> None:
    async with holding(record) as opener:
        await opened(opener)
        await asyncio.sleep(SECONDS / 2)
        last = await opened(opener)
        await inactive(record)
        end = record.history()[-1][0]
        assert end >= last + SECONDS
        assert len(record.active_seconds()) == 1


async def test_a_hundred_wishes_have_one_holder(record: Record) -> None:
    async with holding(record) as opener:
        pid = opener.pid
        for _ in range(100):
            await opener.open()
        await inactive(record)
        assert opener.pid == pid
    assert [who for _, who, _ in record.history()].count("request") == 1


async def test_an_event_loop_that_is_late_kills_nobody(record: Record) -> None:
    """The word that the line is inactive has come meanwhile, and is read before the time is up."""
    async with holding(record) as opener:
        await opened(opener)
        pid = opener.pid
        time.sleep(SECONDS + 2 * CLOSED_TIMEOUT)  # noqa: ASYNC251 - the loop is to be late
        assert not record.is_active
        await asyncio.sleep(0.05)
        await opened(opener)
        assert opener.pid == pid


async def test_a_line_that_cannot_be_had_is_told_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """And it is had when it is there."""
    folder = tmp_path / "usb"
    record = Record(folder)
    opener = LineOpener(record.held(), tmp_path, command=COMMAND, pause=0.01)
    running = asyncio.create_task(opener.run())
    await until(lambda: caplog.messages)
    with pytest.raises(DoorError, match="There is no GPIO chip"):
        await opener.open()
    told = f'The door cannot be opened: There is no GPIO chip "{record.file}".'
    assert caplog.messages == [told]
    folder.mkdir()
    await opened(opener)
    await inactive(record)
    running.cancel()
    await asyncio.wait([running])
    assert caplog.messages == [told]
