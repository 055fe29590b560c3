"""What goes on at the appliance, and so what its screen shows. PURE."""

from dataclasses import dataclass

from homecall_appliance.display.view import (
    Activity,
    BusyView,
    LinkView,
    NetworkView,
    StartingView,
    StoppingView,
    Trouble,
    View,
)


@dataclass(frozen=True)
class Situation:
    """The appliance at one moment."""

    link: str | None
    """None: none is published yet."""

    has_network: bool

    calls: int
    """Calls in progress, those included whose phone is not connected yet."""

    max_calls: int

    connected: int
    """Those of them whose phone has been connected: only these leave no room for another."""

    just_ended: bool
    """Whether a call has, a moment ago."""

    stopping: bool

    troubles: tuple[Trouble, ...]

    fingerprint: str = ""
    """Of the authority that phones are asked to trust; empty: they know it already."""

    @property
    def view(self) -> View:
        """What is shown."""
        if self.stopping:
            return StoppingView()
        if self.link is None:
            return StartingView()
        if not self.has_network:
            return NetworkView()
        if self.connected >= self.max_calls:
            return BusyView(self.connected)
        return LinkView(self.link, self._activity, self.calls, self.troubles, self.fingerprint)

    @property
    def _activity(self) -> Activity:
        if self.connected:
            return "call"
        if self.calls:
            return "connecting"
        return "ended" if self.just_ended else "idle"
