"""One offer of the appliance, from its answer to the need of another (protocol.md, section 4).

Nothing here waits, but for the peer: events come in with the time at which they came.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, TypeAlias

from homecall_appliance.media.peer import RemoteCandidate
from homecall_appliance.signaling.messages import Message


class CallState(StrEnum):
    """The life of a call, as the journal's CALL_STATE names it."""

    PUBLISHED = "published"
    OFFERED = "offered"
    ANSWERED = "answered"
    CONNECTED = "connected"
    ENDED = "ended"


@dataclass(frozen=True)
class Patience:
    """Seconds."""

    lost: float = 40.0
    """Without a message or a packet from the phone, after which it is given up: the reconnect
    grace of the session, and the time that a phone takes to see that it has to come back."""

    connect: float = 20.0
    """From the answer until media flow; then another offer is made."""

    silence: float = 3.0
    """Without a packet, after which a phone that came back gets another offer. In a call there are
    dozens a second, or one where the phone has nothing to send but reports (RFC 3550, 6.2)."""

    look: float = 1.0
    """Between two looks at what arrives."""


@dataclass(frozen=True)
class PeerAttached:
    """The phone's socket is there; `returned`: it was there before."""

    returned: bool


@dataclass(frozen=True)
class Connection:
    """The peer changed its `connectionState` (W3C WebRTC 1.0, section 4.3.3)."""

    generation: int
    state: str


@dataclass(frozen=True)
class Closed:
    """The session is over."""


Event: TypeAlias = Message | PeerAttached | Connection | Closed


class Outcome(StrEnum):
    """Why a negotiation is over."""

    CLOSED = "closed"
    """The session is."""

    USED = "used"
    """Media flowed; now another offer is due."""

    FAILED = "failed"
    """No media ever flowed; another offer may do better."""

    LOST = "lost"
    """The phone is gone."""


class Answerable(Protocol):
    """A peer connection that has made its offer."""

    async def accept(self, sdp: str) -> None:
        """Take the answer."""
        ...

    def add_candidate(self, candidate: RemoteCandidate) -> None:
        """Take a candidate of the phone."""
        ...

    async def packets(self) -> int:
        """Return how many packets have come from the phone."""
        ...
