"""The door: one object for those who want it opened, whatever opens it."""

import asyncio
import logging
from collections.abc import Mapping
from pathlib import Path

from homecall_appliance.config import model
from homecall_appliance.door.command_opener import CommandOpener
from homecall_appliance.door.holder import HeldLine
from homecall_appliance.door.line_opener import LineOpener
from homecall_appliance.door.ports import DoorError, Opener

log = logging.getLogger(__name__)


class Door:
    """Opens the door for someone inside; that it is someone inside, and in a call, is the caller's
    to see to."""

    def __init__(self, opener: Opener | None) -> None:
        """`opener` opens it; None: the owner has configured nothing that does."""
        self._opener = opener
        self._opening: asyncio.Task[None] | None = None

    @property
    def is_configured(self) -> bool:
        """Whether there is anything that opens it."""
        return self._opener is not None

    async def run(self) -> None:
        """Be ready to open it, until cancelled; from then on it is closed."""
        try:
            if self._opener:
                await self._opener.run()
            await asyncio.Event().wait()
        finally:
            if self._opening:
                self._opening.cancel()
                await asyncio.wait([self._opening])

    async def open(self, session_id: str = "") -> None:
        """Open it, within some seconds; raises DoorError. The journal gets one line of that, with
        the call's id where there is one. While it is being opened, no other opening begins: who
        asks then is told how that one ends. An opening goes on where whoever asked for it is
        gone."""
        if self._opening is None:
            self._opening = asyncio.create_task(self._open(session_id))
            self._opening.add_done_callback(self._opened)
        await asyncio.shield(self._opening)

    def _opened(self, _: "asyncio.Task[None]") -> None:
        self._opening = None

    async def _open(self, session_id: str) -> None:
        named = {"SESSION_ID": session_id}
        try:
            if self._opener is None:
                raise DoorError(  # noqa: TRY301 - told as any other
                    "Nothing opens it. Set door.gpio_chip and door.gpio_line, or door.command."
                )
            await self._opener.open()
        except DoorError as error:
            log.warning("The door was not opened: %s", error, extra=named)
            raise
        log.info("The door was opened.", extra=named)


def create_door(settings: model.Door, environ: Mapping[str, str]) -> Door:
    """The door of the configuration. `environ` is the environment that systemd has set: in its
    RUNTIME_DIRECTORY is noted which line is held (systemd.exec(5))."""
    folder = environ.get("RUNTIME_DIRECTORY")
    if settings.gpio_chip:
        held = HeldLine(
            settings.gpio_chip, settings.gpio_line, settings.active_low, settings.seconds
        )
        return Door(LineOpener(held, Path(folder) if folder else None))
    return Door(CommandOpener(settings.command) if settings.command else None)
