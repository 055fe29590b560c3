"""The daemon's end of the processes that hold the door's line (holder.py)."""

import asyncio
import os
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Self

from homecall_appliance.door.holder import ORDER, HeldLine, Word
from homecall_appliance.door.ports import DoorError
from homecall_appliance.service import child

COMMAND = child.command("homecall_appliance.door.holder")

START_TIMEOUT = 60.0
"""Seconds until they are ready, on a busy machine with a slow card."""

ANSWER_TIMEOUT = 2.0
"""Seconds that an opening may take: longer than the guard may take to confirm it."""

CLOSED_TIMEOUT = 0.5
"""Seconds after the end of an opening by which the operator has said that the line is inactive;
then it is killed. So long the guard may take to see that, and to end; then it is killed as well."""

END_TIMEOUT = 1.0
"""Seconds that they may take to end; then they are killed."""

_LONGEST_MESSAGE = 4096

LOST = "The process that holds the door's line is lost, and is replaced. Try it in a moment."
"""What whoever wants the door opened is told."""


class HolderProcess:
    """The two processes. They are a process group, so that both are killed at once."""

    def __init__(self, process: "subprocess.Popen[bytes]", connection: socket.socket) -> None:
        self._process = process
        self._connection = connection
        self._loop = asyncio.get_running_loop()
        self._words: asyncio.Queue[str] = asyncio.Queue()
        self._overdue: asyncio.TimerHandle | None = None
        self._problem = ""
        self.gone = asyncio.Event()
        """Set from when on both have ended."""

        connection.setblocking(False)
        self._loop.add_reader(connection, self._receive)

    @classmethod
    def start(cls, held: HeldLine, command: Sequence[str] = COMMAND) -> Self:
        """Start them. Raises DoorError."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            with theirs:
                process = subprocess.Popen(  # noqa: S603 - it is ourselves
                    [*command, held.to_json()],
                    stdin=theirs.fileno(),
                    env=child.bare_environment(),
                    start_new_session=True,
                )
        except OSError as error:
            ours.close()
            raise DoorError(
                f"The process that holds the door's line cannot be started ({error.strerror}). "
                "Restart the appliance."
            ) from error
        return cls(process, ours)

    @property
    def pid(self) -> int:
        """The process id of the operator."""
        return self._process.pid

    async def ready(self) -> None:
        """Wait until the line is held. Raises DoorError."""
        await self._expect(Word.READY, START_TIMEOUT)

    async def open(self, seconds: float) -> None:
        """Make the line active, for so many seconds from now on. Raises DoorError."""
        with suppress(OSError):  # it has ended, as reading tells
            self._connection.send(ORDER.pack(time.monotonic() + seconds))
        # Armed before the answer: where that is late, so may be the end of the opening.
        self._disarm()
        self._overdue = self._loop.call_later(seconds + CLOSED_TIMEOUT, self._give_up)
        await self._expect(Word.OPENED, ANSWER_TIMEOUT)

    async def end(self) -> bool:
        """Let the line become inactive, and the processes end; whether they did so by themselves.
        Those that hang are killed."""
        self._disarm()
        try:
            with suppress(OSError):
                self._connection.shutdown(socket.SHUT_WR)
            with suppress(TimeoutError):
                async with asyncio.timeout(END_TIMEOUT):
                    await self.gone.wait()
            return self.gone.is_set()
        finally:
            self.kill()
            self._loop.remove_reader(self._connection)
            self._connection.close()
            with suppress(subprocess.TimeoutExpired):
                await asyncio.to_thread(self._process.wait, END_TIMEOUT)

    def kill(self) -> None:
        """End both at once. What the line is then is up to its driver, until it is requested."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def _give_up(self) -> None:
        """End the operator, which does not answer. Its guard sees that, and makes the line inactive
        at once; to request it anew takes as long as Python to start, or seconds on a machine that
        is so busy."""
        self._disarm()
        self._process.kill()
        self._overdue = self._loop.call_later(CLOSED_TIMEOUT, self.kill)

    async def _expect(self, wanted: Word, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                word = await self._words.get()
        except TimeoutError:
            self._give_up()
            word = ""
        if word == Word.LATE:
            raise DoorError("This machine was too busy to open the door in time. Try it once more.")
        if word != wanted:
            raise DoorError(self._problem or LOST)

    def _receive(self) -> None:
        try:
            message = self._connection.recv(_LONGEST_MESSAGE).decode()
        except ConnectionResetError:
            message = ""
        word, _, sentence = message.partition(" ")
        match word:
            case Word.CLOSED:
                self._disarm()
            case Word.READY | Word.OPENED | Word.LATE:
                self._words.put_nowait(word)
            case Word.PROBLEM:
                self._problem = sentence
            case _:
                self._loop.remove_reader(self._connection)
                self.gone.set()
                self._words.put_nowait("")

    def _disarm(self) -> None:
        if self._overdue:
            self._overdue.cancel()
            self._overdue = None
