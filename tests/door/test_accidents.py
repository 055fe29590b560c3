"""The line is inactive at the end, whatever crashes: the real processes, really killed, with a line
that stays as it was when whoever holds it dies."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from homecall_appliance.door.holder import HeldLine
from homecall_appliance.door.holder_process import HolderProcess
from homecall_appliance.door.line_opener import NOTE
from homecall_appliance.door.ports import DoorError
from homecall_appliance.service import child
from tests.door.line_world import (
    COMMAND,
    SECONDS,
    Record,
    guard_of,
    holding,
    inactive,
    is_gone,
    opened,
    stop,
    until,
)

pytestmark = pytest.mark.slow

LONG = 30.0
"""Seconds of an opening that only an accident may end: the test would not wait for it."""

ENOUGH = 1.5
"""Seconds of an opening in which a busy machine, too, gets to stop and kill processes."""

UNIT = Path(__file__).parents[2] / "systemd" / "homecall-appliance.service"


STEPS = [f"{who} {when}" for who in ("operator", "guard") for when in ("before 0", "after 0")]


@pytest.mark.parametrize("what", ["KILL", "KILL BOTH", "STOP", "ERROR"])
@pytest.mark.parametrize("step", ["operator before 1", "operator after 1", *STEPS])
async def test_an_accident_at_each_step(record: Record, step: str, what: str) -> None:
    """Whoever is left, or the daemon, makes it inactive; the door can be opened again."""
    record.accident.write_text(f"{step}: {what}")
    async with holding(record) as opener:
        first, guard = opener.pid, guard_of(opener.pid or 0)
        try:
            await opener.open()
        except DoorError:
            assert "before 1" in step or "after 1" in step
        await until(lambda: not record.accident.exists())
        await until(lambda: not record.is_active)
        if what != "STOP" or "operator" in step:
            await until(lambda: opener.pid not in (None, first))
            assert is_gone(first or 0)
            assert is_gone(guard)
        await opened(opener)
        await inactive(record)
    assert not record.is_active


Happening = Callable[[int, int], Awaitable[None]]


async def _kill_operator(operator: int, guard: int) -> None:
    os.kill(operator, signal.SIGKILL)


async def _kill_guard(operator: int, guard: int) -> None:
    os.kill(guard, signal.SIGKILL)


async def _kill_both(operator: int, guard: int) -> None:
    os.killpg(operator, signal.SIGKILL)


@pytest.mark.parametrize("happening", [_kill_operator, _kill_guard, _kill_both])
async def test_killed_while_it_is_open(record: Record, happening: Happening) -> None:
    async with holding(record, seconds=LONG) as opener:
        await opener.open()
        operator = opener.pid or 0
        assert record.is_active
        await happening(operator, guard_of(operator))
        await until(lambda: not record.is_active)
        await until(lambda: opener.pid not in (None, operator))
        assert not record.is_active


async def _stop_operator(operator: int, guard: int) -> None:
    await stop(operator)


async def _stop_guard(operator: int, guard: int) -> None:
    await stop(guard)


async def _stop_both(operator: int, guard: int) -> None:
    await stop(operator)
    await stop(guard)


async def _stop_the_one_and_kill_the_other(operator: int, guard: int) -> None:
    await stop(guard)
    os.kill(operator, signal.SIGKILL)


async def _kill_the_one_and_stop_the_other(operator: int, guard: int) -> None:
    await stop(operator)
    os.kill(guard, signal.SIGKILL)


@pytest.mark.parametrize(
    "happening",
    [
        _stop_operator,
        _stop_guard,
        _stop_both,
        _stop_the_one_and_kill_the_other,
        _kill_the_one_and_stop_the_other,
    ],
)
async def test_stopped_while_it_is_open(record: Record, happening: Happening) -> None:
    async with holding(record, seconds=ENOUGH) as opener:
        await opener.open()
        operator = opener.pid or 0
        guard = guard_of(operator)
        await happening(operator, guard)
        await inactive(record)
        if happening is not _stop_guard:
            await until(lambda: opener.pid not in (None, operator))
            assert is_gone(operator)
        assert not record.is_active


async def test_an_operator_that_does_not_answer_leaves_it_to_the_guard(record: Record) -> None:
    """It is inactive at once, and not only when the line is requested anew."""
    record.accident.write_text("operator after 1: STOP")
    async with holding(record, seconds=LONG) as opener:
        with pytest.raises(DoorError, match="is lost, and is replaced"):
            await opener.open()
        await inactive(record)
        closed = next(who for _, who, active in record.history()[1:] if not active)
        assert closed == "guard"


async def test_who_was_stopped_opens_nothing_later(record: Record) -> None:
    """The order is there when the operator goes on, and its time is over."""
    holder = HolderProcess.start(record.held(), COMMAND)
    await holder.ready()
    await stop(holder.pid)
    opening = asyncio.create_task(holder.open(SECONDS))
    await asyncio.sleep(2 * SECONDS)
    os.kill(holder.pid, signal.SIGCONT)
    with pytest.raises(DoorError, match="too busy to open the door in time"):
        await opening
    assert await holder.end()
    assert not record.was_active


async def test_a_guard_that_does_not_confirm_leaves_it_closed(record: Record) -> None:
    async with holding(record) as opener:
        operator = opener.pid or 0
        await stop(guard_of(operator))
        with pytest.raises(DoorError, match="is lost, and is replaced"):
            await opener.open()
        assert not record.was_active
        await until(lambda: opener.pid not in (None, operator))
        await opened(opener)
        await inactive(record)


@asynccontextmanager
async def daemon(held: HeldLine) -> AsyncIterator["subprocess.Popen[str]"]:
    """A daemon of its own, which has opened the door."""
    with subprocess.Popen(  # noqa: ASYNC220 - it is to be started by now
        [sys.executable, "-P", "-m", "tests.door.daemon", held.to_json()],
        stdout=subprocess.PIPE,
        text=True,
        env=child.environment(),
    ) as process:
        assert process.stdout
        assert await asyncio.to_thread(process.stdout.readline) == "open\n"
        try:
            yield process
        finally:
            process.kill()


def operator_of(process: "subprocess.Popen[str]") -> int:
    return guard_of(process.pid)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGABRT, signal.SIGTERM])
async def test_the_daemon_dies_while_it_is_open(record: Record, number: signal.Signals) -> None:
    async with daemon(record.held(LONG)) as process:
        operator = operator_of(process)
        guard = guard_of(operator)
        assert record.is_active
        process.send_signal(number)
        await until(lambda: not record.is_active)
        await until(lambda: is_gone(operator) and is_gone(guard))


async def test_systemd_stops_all_processes_with_sigterm(record: Record) -> None:
    """The daemon's has ended, and the others have their last word."""
    async with daemon(record.held(LONG)) as process:
        operator = operator_of(process)
        for each in (operator, guard_of(operator), process.pid):
            os.kill(each, signal.SIGTERM)
        await until(lambda: not record.is_active)
        await until(lambda: is_gone(operator))


async def test_the_daemon_hangs_while_it_is_open(record: Record) -> None:
    async with daemon(record.held()) as process:
        await stop(process.pid)
        await inactive(record)


async def test_the_daemon_hangs_and_the_operator_is_stopped(record: Record) -> None:
    """The guard makes the line inactive in time, and then ends the operator and itself."""
    async with daemon(record.held()) as process:
        operator = operator_of(process)
        guard = guard_of(operator)
        await stop(process.pid)
        await stop(operator)
        await until(lambda: is_gone(operator) and is_gone(guard))
        assert [who for _, who, _ in record.history()] == ["request", "operator", "guard", "guard"]
    assert not record.is_active


async def test_the_daemon_hangs_and_the_operator_is_killed(record: Record) -> None:
    async with daemon(record.held(LONG)) as process:
        await stop(process.pid)
        os.kill(operator_of(process), signal.SIGKILL)
        await inactive(record)


def stop_post() -> str:
    """The shell's part of the unit's ExecStopPost=, as systemd hands it on (systemd.service(5))."""
    lines = [each for each in UNIT.read_text().splitlines() if each.startswith("ExecStopPost=")]
    assert len(lines) == 1
    start, end = "ExecStopPost=-/bin/sh -c '", "'"
    assert lines[0].startswith(start)
    assert lines[0].endswith(end)
    return lines[0].removeprefix(start).removesuffix(end).replace("$$", "$")


async def after_the_end(record: Record) -> str:
    """Run that, with the line of these tests; return what the journal gets."""
    holder = "/usr/bin/python3 -I -m homecall_appliance.door.holder"
    assert holder in stop_post()
    process = await asyncio.create_subprocess_exec(
        "/bin/sh",
        "-c",
        stop_post().replace(holder, " ".join(COMMAND)),
        env={**child.environment(), "RUNTIME_DIRECTORY": str(record.file.parent)},
        stdin=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    _, said = await process.communicate()
    assert process.returncode == 0
    return said.decode()


async def test_all_are_killed_at_once(record: Record) -> None:
    """Nobody is left but systemd."""
    async with daemon(record.held(LONG)) as process:
        operator = operator_of(process)
        await stop(process.pid)
        os.killpg(operator, signal.SIGKILL)
        process.kill()
        await until(lambda: is_gone(operator))
        assert record.is_active
    assert await after_the_end(record) == ""
    assert not record.is_active


async def test_after_an_end_in_order_nothing_is_to_be_done(record: Record) -> None:
    async with holding(record) as opener:
        await opened(opener)
        assert (record.file.parent / NOTE).exists()
    history = record.history()
    assert await after_the_end(record) == ""
    assert record.history() == history


async def test_a_line_that_is_lost_in_the_end_is_told(tmp_path: Path) -> None:
    record = Record(tmp_path)
    gone = Record(tmp_path / "unplugged")
    (tmp_path / NOTE).write_text(gone.held().to_json())
    said = await after_the_end(record)
    assert said == f'The door\'s line is not made inactive: There is no GPIO chip "{gone.file}".\n'
