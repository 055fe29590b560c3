"""What the control socket answers."""

from typing import Any

from homecall_appliance.app.link import Link
from homecall_appliance.app.status import StatusReader
from homecall_appliance.calls.reception import Reception
from homecall_appliance.control.figures import samples
from homecall_appliance.service.metrics import CONTENT_TYPE, Metrics


class ControlApi:
    """The answers to its requests: see `control.server.Controlled`."""

    def __init__(
        self, reader: StatusReader, metrics: Metrics, link: Link, reception: Reception
    ) -> None:
        self._reader = reader
        self._metrics = metrics
        self._link = link
        self._reception = reception

    def status(self) -> dict[str, Any]:
        """Return the state of the appliance as JSON values."""
        return self._reader.read().to_json()

    def link(self) -> dict[str, Any]:
        """Return the link of the moment."""
        return self._link.status.to_json()

    def metrics(self) -> tuple[str, bytes]:
        """Return the figures for Prometheus: their media type and their text."""
        return CONTENT_TYPE, self._metrics.text(samples(self._reader.read()))

    def hang_up(self) -> int:
        """End every call with the appliance."""
        return self._reception.hang_up()
