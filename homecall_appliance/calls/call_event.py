"""What happens to a call, for those who are not in it. PURE."""

from dataclasses import dataclass
from enum import StrEnum


class CallEventKind(StrEnum):
    """What has happened."""

    RINGING = "ringing"
    """A visitor is at the door."""

    ANSWERED = "answered"
    """Somebody inside has let him in; where nobody has to, his call has begun."""

    DECLINED = "declined"
    """Somebody inside has not let him in."""

    MISSED = "missed"
    """Nobody has answered him, or he has gone before."""

    ENDED = "ended"
    """The call of a visitor who was let in is over."""


@dataclass(frozen=True)
class CallEvent:
    """One of them."""

    kind: CallEventKind
    number: int
    """Of the call: see `Reception.calls`."""

    duration: float | None = None
    """Seconds since it was answered, of one that has ended."""
