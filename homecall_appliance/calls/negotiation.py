"""One offer of the appliance, from its answer to the need of another (protocol.md, section 4).

Nothing here waits, but for the peer: events come in with the time at which they came.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, TypeAlias

from homecall_appliance.media.webrtc.answer import UnusableAnswer
from homecall_appliance.media.webrtc.candidates import RemoteCandidate
from homecall_appliance.signaling.messages import (
    Answer,
    Candidate,
    Error,
    IceCandidate,
    Message,
)

MEDIA_PACKETS = 10
"""Packets between two looks by which a phone is known to send media: half a second of sound has 25,
and all of its reports in that time are fewer."""


class CallState(StrEnum):
    """The life of a call, as the journal's CALL_STATE names it."""

    PUBLISHED = "published"
    OFFERED = "offered"
    ANSWERED = "answered"
    RINGING = "ringing"
    """The phone has answered, and nobody inside has let its visitor in yet."""

    CONNECTED = "connected"
    ACCEPTED = "accepted"
    """Somebody inside has."""

    ENDED = "ended"


@dataclass(frozen=True)
class Patience:
    """Seconds."""

    answer: float
    """From an offer to its answer; whatever else comes meanwhile makes no difference."""

    lost: float
    """Without a message or a packet from the phone, after which it is given up: the reconnect
    grace of the session, and the time that a phone takes to see that it has to come back."""

    ring: float = 2.0
    """From the coming of a phone until the house rings for it, unless it is connected earlier: who
    opens a link and leaves at once does not make it ring."""

    connect: float = 20.0
    """From the answer until media flow; then another offer is made."""

    suspect: float = 1.0
    """Without a packet from a phone that has sent media, after which it is asked by both ways, and
    gets another offer where signaling leads to it and the way of the media does not. Also between
    two probes of that way."""

    stall: float = 1.5
    """Without a packet from a phone that has sent media, after which it gets another offer if it
    came back: of media there are dozens a second."""

    silence: float = 3.0
    """The same for a phone that has nothing to send but reports, one a second or fewer (RFC 3550,
    section 6.2)."""

    reload: float = 5.0
    """Since the phone left its page, after which its call gives way to a newcomer: until then the
    page may be being loaded again, which takes a second or two."""

    look: float = 0.5
    """Between two looks at what arrives."""


@dataclass(frozen=True)
class PeerAttached:
    """The phone's socket is there; `returned`: the same page of it was there before."""

    returned: bool


@dataclass(frozen=True)
class Connection:
    """The peer changed its `connectionState` (W3C WebRTC 1.0, section 4.3.3)."""

    generation: int
    state: str


@dataclass(frozen=True)
class SignalingAnswered:
    """The phone has answered by signaling that it is there."""


@dataclass(frozen=True)
class PathChecked:
    """The phone has answered by the way that media take, or has not."""

    generation: int
    answered: bool


@dataclass(frozen=True)
class Closed:
    """The session is over."""


@dataclass(frozen=True)
class Failed:
    """A part of the call has raised an exception, where others had called it."""

    error: Exception


Event: TypeAlias = (
    Message | PeerAttached | Connection | SignalingAnswered | PathChecked | Closed | Failed
)


class Outcome(StrEnum):
    """Why a negotiation is over."""

    CLOSED = "closed"
    """The session is."""

    RENEW = "renew"
    """It was of use; now another offer is due."""

    FAILED = "failed"
    """No media ever flowed; another offer may do better."""

    LOST = "lost"
    """The phone is gone."""

    UNUSABLE = "unusable"
    """No connection can be made of the answer."""

    UNANSWERED = "unanswered"
    """The phone has not answered in time."""


class Answerable(Protocol):
    """A peer connection that has made its offer."""

    async def accept(self, sdp: str) -> None:
        """Take the answer; raises UnusableAnswer."""
        ...

    def add_candidate(self, candidate: RemoteCandidate) -> None:
        """Take a candidate of the phone."""
        ...

    @property
    def packets(self) -> int:
        """How many packets have come from the phone."""
        ...


class Ways(Protocol):
    """The two ways to the phone. Answers come as events."""

    def ask_by_signaling(self) -> None:
        """Have the phone asked whether it is there: `SignalingAnswered`."""
        ...

    def check_path(self) -> None:
        """Have the way that media take checked: `PathChecked`."""
        ...

    def probe_path(self) -> None:
        """Send checks by that way, and tell nothing of their answers."""
        ...


class Negotiation:
    """What an offer has come to, and what the phone's signs say about the connection."""

    def __init__(
        self,
        peer: Answerable,
        generation: int,
        patience: Patience,
        heard: float,
        *,
        now: float,
        answered: bool,
        ways: Ways,
        offer: Callable[[], None],
        enter: Callable[[CallState], None],
    ) -> None:
        """`generation` is that of the peer's own events, `heard` the time of the phone's last sign;
        `answered`: it has answered an earlier offer. `offer` sends the offer, `now` and again where
        it may have been lost; `enter` is told each state."""
        self.heard = heard
        """When the phone last gave a sign."""
        self._peer = peer
        self._generation = generation
        self._patience = patience
        self._ways = ways
        self._offer = offer
        self._enter = enter
        self._answered = answered
        self._offered = now
        self._packets = 0
        self._sends_media = False
        self._alive = heard
        """When the last packet came; before the first one: when the answer did."""
        self._returned = float("-inf")
        """When the phone came back."""
        self._asked = float("-inf")
        """When it was last asked by signaling whether it is there."""
        self._probed = float("-inf")
        """When the way of the media was last probed."""
        self._become(CallState.OFFERED)
        self._offer()

    async def take(self, event: Event, now: float) -> Outcome | None:
        """Take what has come; returns an outcome once the negotiation is over."""
        if not isinstance(event, Connection | PathChecked | Error):
            self.heard = now
        match event:
            case Closed():
                return Outcome.CLOSED
            case PeerAttached() if self._state is CallState.OFFERED:
                self._offer()
            case PeerAttached(returned=False):
                return self._over()
            case PeerAttached():
                self._returned = now
            case Answer(sdp=sdp) if self._state is CallState.OFFERED:
                return await self._accept(sdp, now)
            case Candidate(candidate=IceCandidate(candidate=text) as remote) if text:
                self._peer.add_candidate(
                    RemoteCandidate(text, remote.sdp_mid, remote.sdp_m_line_index)
                )
            case Connection(self._generation) | SignalingAnswered() | PathChecked(self._generation):
                return self._take_of_ways(event, now)
            case _:
                pass
        return None

    def look(self, now: float) -> Outcome | None:
        """Look at what arrives; returns an outcome once the negotiation is over.

        A phone that is silent, but did not come back, may be heard again on the same path: that
        is the quickest repair, and an offer mostly would not reach the phone. Whether it would is
        asked: where a relay has forgotten the call, signaling goes on.

        The path is probed meanwhile. A browser that has found it failed sends no more checks by it,
        and goes on as soon as one comes; aioice's consent checks are 4 to 6 s apart (RFC 7675).
        """
        self._count_packets(now)
        silence = now - self._alive
        if self._is_suspect(now) and now - self._asked >= self._patience.silence:
            self._asked = now
            self._ways.ask_by_signaling()
        if self._is_suspect(now) and now - self._probed >= self._patience.suspect:
            self._probed = now
            self._ways.probe_path()
        if self._state is CallState.OFFERED and now - self._offered >= self._patience.answer:
            return Outcome.UNANSWERED
        if self._answered and now - self.heard >= self._patience.lost:
            return Outcome.LOST
        # At the look after its return the last packets of the old path may still be counted.
        dead = self._alive <= self._returned + self._patience.look
        allowed = self._patience.stall if self._sends_media else self._patience.silence
        if dead and silence >= allowed:
            return self._over()
        if self._state is CallState.ANSWERED and silence >= self._patience.connect:
            return self._over()
        return None

    def _count_packets(self, now: float) -> None:
        if self._state is CallState.CONNECTED:
            packets = self._peer.packets
            if packets != self._packets:
                self._sends_media |= packets - self._packets >= MEDIA_PACKETS
                self._packets = packets
                self._alive = self.heard = now

    def _take_of_ways(
        self, event: Connection | SignalingAnswered | PathChecked, now: float
    ) -> Outcome | None:
        """Take what was found out about the ways to the phone. That of the media is checked where
        signaling leads to it, and given up where it is the only one that does not."""
        self._count_packets(now)
        match event:
            case Connection(state="connected"):
                self._alive = now
                self._become(CallState.CONNECTED)
            case Connection(state="failed" | "closed"):
                return self._over()
            case SignalingAnswered() if self._is_suspect(now):
                self._ways.check_path()
            case PathChecked(answered=False) if self._is_suspect(now):
                return self._over()
            case _:
                pass
        return None

    def _is_suspect(self, now: float) -> bool:
        allowed = self._patience.suspect if self._sends_media else self._patience.silence
        return self._state is CallState.CONNECTED and now - self._alive >= allowed

    async def _accept(self, sdp: str, now: float) -> Outcome | None:
        self._alive, self._answered = now, True
        self._become(CallState.ANSWERED)
        try:
            await self._peer.accept(sdp)
        except UnusableAnswer:
            return Outcome.UNUSABLE
        return None

    def _over(self) -> Outcome:
        return Outcome.RENEW if self._state is CallState.CONNECTED else Outcome.FAILED

    def _become(self, state: CallState) -> None:
        self._state = state
        self._enter(state)
