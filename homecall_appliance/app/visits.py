"""What happens at the door: told to the owner's programs, and remembered for the screen."""

from collections.abc import Callable
from datetime import UTC, datetime

from homecall_appliance.calls.bell import local_clock
from homecall_appliance.calls.call_event import CallEvent, CallEventKind
from homecall_appliance.display.view import Thumbnail
from homecall_appliance.events.event import Event, Kind


def _utc() -> datetime:
    return datetime.now(UTC)


class Visits:
    """Follows the events of all calls."""

    def __init__(
        self,
        tell: Callable[[Event], None],
        on_change: Callable[[], None],
        picture: Callable[[int], Thumbnail | None] = lambda _: None,
        clock: Callable[[], str] = local_clock,
        now: Callable[[], datetime] = _utc,
    ) -> None:
        """`tell` has an event told to the owner's programs, and never blocks; `on_change` is called
        when `missed` has changed. `picture` hands out that of the visitor of a call, by its number,
        when he rings no more; None: there is none. `clock` returns the time of day, as the screen
        shows it."""
        self.missed = ""
        """The time of day of the last visitor whom nobody has answered; empty: there was none since
        somebody came, or was at the keys."""

        self.missed_picture: Thumbnail | None = None
        """Of that visitor, for as long; None: there is none."""

        self._tell = tell
        self._on_change = on_change
        self._picture = picture
        self._clock = clock
        self._now = now

    def on_call_event(self, event: CallEvent) -> None:
        """Follow an event of a call."""
        picture = self._picture(event.number)
        match event.kind:
            case CallEventKind.MISSED:
                self._remember(self._clock(), picture)
            case CallEventKind.RINGING:
                self._remember("")
            case CallEventKind.ANSWERED | CallEventKind.DECLINED | CallEventKind.ENDED:
                pass
        self._tell(Event(Kind(event.kind.value), event.number, self._now(), event.duration))

    def on_opened(self, call: int) -> None:
        """Learn that the door was opened to the visitor of a call, by its number."""
        self._tell(Event(Kind.OPENED, call, self._now()))

    def seen(self) -> None:
        """Learn that somebody inside is there."""
        self._remember("")

    def _remember(self, missed: str, picture: Thumbnail | None = None) -> None:
        if (missed, picture) != (self.missed, self.missed_picture):
            self.missed, self.missed_picture = missed, picture
            self._on_change()
