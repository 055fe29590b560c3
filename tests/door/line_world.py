"""A line that is a file (fake_line.py), and what happens to those who hold it."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from homecall_appliance.door.holder import HeldLine
from homecall_appliance.door.line_opener import LineOpener
from homecall_appliance.door.ports import DoorError
from homecall_appliance.service import child

COMMAND = child.command("tests.door.fake_line")

SECONDS = 0.2
"""That the line is active in these tests."""


class Record:
    """What the line has done."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "line"
        self.accident = folder / "accident"

    def held(self, seconds: float = SECONDS) -> HeldLine:
        """The line, for a holder."""
        return HeldLine(str(self.file), 17, active_low=False, seconds=seconds)

    def history(self) -> list[tuple[float, str, bool]]:
        """When it was set, by whom, and to what."""
        lines = self.file.read_text().splitlines() if self.file.exists() else []
        return [(float(at), who, value == "1") for at, who, value in map(str.split, lines)]

    @property
    def is_active(self) -> bool:
        """Whether it is."""
        history = self.history()
        return bool(history) and history[-1][2]

    @property
    def was_active(self) -> bool:
        """Whether it ever was."""
        return any(active for _, _, active in self.history())

    def active_seconds(self) -> list[float]:
        """How long it was active each time, as far as it is inactive again."""
        found, since = [], None
        for at, _, active in self.history():
            if active and since is None:
                since = at
            elif not active and since is not None:
                found.append(at - since)
                since = None
        return found


async def until(condition: Callable[[], object]) -> None:
    """Wait for a condition; the time limit of the test ends it."""
    while not condition():  # noqa: ASYNC110 - files and processes set no event
        await asyncio.sleep(0.005)


async def inactive(record: Record) -> None:
    """Wait until the line, which was active or is about to be, is inactive."""
    await until(lambda: record.was_active and not record.is_active)


def guard_of(operator: int) -> int:
    """The process id of the operator's guard."""
    return int(Path(f"/proc/{operator}/task/{operator}/children").read_text())


def is_gone(pid: int) -> bool:
    """Whether a process has ended, or would but for its parent."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return True
    return status.rpartition(")")[2].split()[0] == "Z"


def is_stopped(pid: int) -> bool:
    """Whether a process is stopped."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"


async def stop(pid: int) -> None:
    """Stop a process, and wait until it is."""
    os.kill(pid, signal.SIGSTOP)
    await until(lambda: is_stopped(pid))


@asynccontextmanager
async def holding(record: Record, **settings: float) -> AsyncIterator[LineOpener]:
    """An opener that runs."""
    opener = LineOpener(record.held(**settings), record.file.parent, command=COMMAND, pause=0.01)
    running = asyncio.create_task(opener.run())
    try:
        await until(lambda: opener.pid)
        yield opener
    finally:
        running.cancel()
        await asyncio.wait([running])


async def opened(opener: LineOpener) -> float:
    """Open the door as soon as it can be; return when that was asked."""
    while True:
        began = time.monotonic()
        try:
            await opener.open()
        except DoorError:
            await asyncio.sleep(0.005)
        else:
            return began
