"""Opens the door by a line of a GPIO chip."""

import asyncio
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from homecall_appliance.door.holder import HeldLine
from homecall_appliance.door.holder_process import COMMAND, LOST, HolderProcess
from homecall_appliance.door.ports import DoorError

log = logging.getLogger(__name__)

PAUSE = 5.0
"""Seconds before the line is requested again: a chip on USB may be plugged in later."""

NOTE = "door"
"""The name of the file that tells which line is held, in the folder that systemd makes for the
service (RuntimeDirectory=). It is there while the line may be active, and beyond the end of the
daemon only where all of its processes were killed: then the unit's ExecStopPost= requests the line,
which makes it inactive."""


class LineOpener:
    """Keeps the line held, inactive, and has it made active. See `door.ports.Opener`."""

    def __init__(
        self,
        held: HeldLine,
        folder: Path | None,
        *,
        command: Sequence[str] = COMMAND,
        pause: float = PAUSE,
    ) -> None:
        """`folder` is where the note is written; None: nobody reads it."""
        self._held = held
        self._note = folder / NOTE if folder else None
        self._command = command
        self._pause = pause
        self._holder: HolderProcess | None = None
        self._problem = "The door's line is not held yet. Try it in a moment."

    @property
    def pid(self) -> int | None:
        """The process id of the operator, while the line is held."""
        return self._holder.pid if self._holder else None

    async def run(self) -> NoReturn:
        """Hold the line until cancelled. Processes that are lost are replaced at once, which makes
        the line inactive; what is in the way of that is told once."""
        told = ""
        while True:
            try:
                await self._hold()
            except DoorError as error:
                self._problem = str(error)
                if self._problem != told:
                    log.warning("The door cannot be opened: %s", self._problem)
                told = self._problem
                await asyncio.sleep(self._pause)
            else:
                told, self._problem = "", LOST
                log.warning("The process that holds the door's line has died; it is replaced.")

    async def open(self) -> None:
        """Make the line active. Raises DoorError."""
        if self._holder is None:
            raise DoorError(self._problem)
        await self._holder.open(self._held.seconds)

    async def _hold(self) -> None:
        """Hold the line until its processes have died; raises DoorError where it cannot be."""
        self._write_note()
        holder = HolderProcess.start(self._held, self._command)
        try:
            await holder.ready()
            self._holder = holder
            await holder.gone.wait()
        finally:
            orderly = self._holder is not None and not holder.gone.is_set()
            self._holder = None
            if await holder.end() and orderly and self._note:
                self._note.unlink(missing_ok=True)

    def _write_note(self) -> None:
        try:
            if self._note:
                self._note.write_text(self._held.to_json())
        except OSError as error:
            raise DoorError(
                f"{self._note} cannot be written ({error.strerror}). Restart the appliance."
            ) from error
