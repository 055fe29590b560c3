"""What the control socket answers."""

from collections.abc import Awaitable, Callable
from typing import Any

from homecall_appliance.app.call_control import CallControl
from homecall_appliance.app.link import Link
from homecall_appliance.app.status import StatusReader
from homecall_appliance.control.figures import samples
from homecall_appliance.control.not_done import NotDone
from homecall_appliance.control.server import Action
from homecall_appliance.door.ports import DoorError
from homecall_appliance.service.metrics import CONTENT_TYPE, Metrics


class ControlApi:
    """The answers to its requests: see `control.server.Controlled`."""

    def __init__(
        self, reader: StatusReader, metrics: Metrics, link: Link, call_control: CallControl
    ) -> None:
        self.actions: dict[str, Action] = {
            "answer": ("answered", _at_once(call_control.answer)),
            "decline": ("declined", _at_once(call_control.decline)),
            "hangup": ("ended", _at_once(call_control.hang_up)),
            "mute": ("toggled", _at_once(call_control.mute)),
            "camera": ("toggled", _at_once(call_control.camera)),
            "open": ("opened", self._open),
        }
        self._call_control = call_control
        self._reader = reader
        self._metrics = metrics
        self._link = link

    def status(self) -> dict[str, Any]:
        """Return the state of the appliance as JSON values."""
        return self._reader.read().to_json()

    def link(self) -> dict[str, Any]:
        """Return the link of the moment."""
        return self._link.status.to_json()

    def metrics(self) -> tuple[str, bytes]:
        """Return the figures for Prometheus: their media type and their text."""
        return CONTENT_TYPE, self._metrics.text(samples(self._reader.read()))

    async def _open(self) -> int:
        try:
            return await self._call_control.open_door_and_wait()
        except DoorError as error:
            raise NotDone(f"The door was not opened: {error}") from error


def _at_once(act: Callable[[], int]) -> Callable[[], Awaitable[int]]:
    async def done() -> int:
        return act()

    return done
