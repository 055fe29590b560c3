"""What the calls with the appliance are at, as events tell it. PURE."""

from enum import StrEnum

from homecall_appliance.events.event import Event, Kind


class CallState(StrEnum):
    """The state of all calls together."""

    IDLE = "idle"
    RINGING = "ringing"
    """A visitor waits to be answered, whether or not another one is talked to."""

    TALKING = "talking"


class CallStates:
    """Follows each call from event to event."""

    def __init__(self) -> None:
        self._ringing: set[int] = set()
        self._talking: set[int] = set()

    @property
    def state(self) -> CallState:
        """The state of the moment."""
        if self._ringing:
            return CallState.RINGING
        return CallState.TALKING if self._talking else CallState.IDLE

    def follow(self, event: Event) -> None:
        """Take an event in."""
        match event.kind:
            case Kind.RINGING:
                self._ringing.add(event.call)
            case Kind.ANSWERED:
                self._ringing.discard(event.call)
                self._talking.add(event.call)
            case Kind.DECLINED | Kind.MISSED | Kind.ENDED:
                self._ringing.discard(event.call)
                self._talking.discard(event.call)
            case Kind.OPENED:
                pass
