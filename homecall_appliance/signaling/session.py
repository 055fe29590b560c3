"""One session: two participants, a mailbox for each, waiting, active, ended (protocol.md, 2-5).

Pure: no I/O, no clock. The time is an argument (monotonic seconds), and what is to be done comes
back as a list of effects, to be carried out in order. A channel is any object that stands for a
participant's connection; the core compares channels and hands them back, nothing more.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from functools import partial
from typing import Generic, TypeAlias, TypeVar

from homecall_appliance.signaling.mailbox import Letter, Mailbox
from homecall_appliance.signaling.messages import (
    Answer,
    Code,
    Error,
    Hangup,
    Message,
    Offer,
    Refused,
    Relayed,
)

C = TypeVar("C")

NEVER = float("inf")
"""A moment that does not come."""


class State(StrEnum):
    """The life of a session (protocol.md, section 5)."""

    WAITING = "waiting"
    ACTIVE = "active"
    ENDED = "ended"


class Outcome(StrEnum):
    """What became of a message, as the journal names it; what waited is DELIVERED in the end."""

    RELAYED = "relayed"
    QUEUED = "queued"
    DELIVERED = "delivered"
    DROPPED = "dropped"


class CloseCode(IntEnum):
    """WebSocket close codes (RFC 6455, section 7.4; 4000 and above are the application's)."""

    POLICY = 1008
    INTERNAL = 1011
    TRY_AGAIN_LATER = 1013
    REPLACED = 4000
    ENDED = 4001
    FULL = 4003


@dataclass(frozen=True)
class Limits:
    """Seconds, messages and bytes; the bounds of the queue are per participant."""

    wait_timeout: float
    signal_timeout: float
    reconnect_grace: float
    queue_messages: int
    queue_bytes: int


@dataclass(frozen=True)
class Send(Generic[C]):
    """Hand the message to the channel; `size` is what it took on the way in, 0 if it is ours."""

    channel: C
    message: Message
    size: int = 0


@dataclass(frozen=True)
class Close(Generic[C]):
    """Close the channel."""

    channel: C
    code: CloseCode


@dataclass(frozen=True)
class PeerAttached(Generic[C]):
    """Tell the channel that the other participant is there.

    `returned`: it is the same one as before, and has not lost what it had of the call.
    """

    channel: C
    returned: bool


@dataclass(frozen=True)
class Settled:
    """The outcome of a message, for whoever keeps a record."""

    message: Relayed
    outcome: Outcome
    size: int


Effect: TypeAlias = Send[C] | Close[C] | PeerAttached[C] | Settled


def _dropped(letters: Iterable[Letter]) -> list[Effect[C]]:
    return [Settled(message, Outcome.DROPPED, size) for message, size in letters]


@dataclass
class _Seat(Generic[C]):
    """A participant's place; `channel` is None while it is lost or nobody took it yet."""

    taken: bool = False
    label: str | None = None
    """The label of the handshake, else of the first message that bore one."""

    channel: C | None = None
    since: float = 0.0
    """When it was taken or lost; when the session became active, if it was lost before."""

    left_waiting: bool = False
    """Whether it was lost before anybody else had come, and is not back yet."""

    went_away: bool = False
    """Whether the participant left its page, and with it what it had of the call."""

    mailbox: Mailbox = field(default_factory=Mailbox)
    offered: bool = False
    answered: bool = False
    """Whether its offer was."""

    told_no_signal: bool = False

    @property
    def lost(self) -> bool:
        return self.taken and self.channel is None


class Session(Generic[C]):
    """The state machine of one session id."""

    def __init__(self, session_id: str, limits: Limits, now: float) -> None:
        self.session_id = session_id
        self.state = State.WAITING
        self._limits = limits
        self._created = now
        self._seats: tuple[_Seat[C], _Seat[C]] = (_Seat(), _Seat())

    @property
    def queued_bytes(self) -> int:
        """Bytes that wait for absent participants."""
        return sum(seat.mailbox.size for seat in self._seats)

    @property
    def full(self) -> bool:
        """Whether a newcomer finds no place."""
        try:
            self._vacant_seat()
        except Refused:
            return True
        return False

    def holder(self, label: str | None) -> C | None:
        """Return the channel that an attaching one with this label replaces."""
        if label is None:
            return None
        return next((seat.channel for seat in self._seats if seat.label == label), None)

    def accompanied(self, channel: C) -> bool:
        """Whether the other participant is in place, too."""
        return self.companion(channel) is not None

    def companion(self, channel: C) -> C | None:
        """Return the channel of the other participant, None where that is lost or nobody came."""
        return self._other(self._seat_of(channel)).channel

    def note_alive(self, channel: C, now: float) -> None:
        """Note that this participant hears the other one by another way than its channel: the grace
        of one whose channel is lost begins anew, unless it left its page."""
        other = self._other(self._seat_of(channel))
        if other.lost and not other.went_away:
            other.since = now

    def away_since(self, channel: C) -> float | None:
        """Return when the other participant left its page; None where it did not, or is back."""
        other = self._other(self._seat_of(channel))
        return other.since if other.lost and other.went_away else None

    def attach(
        self, channel: C, label: str | None, now: float, undelivered: Iterable[Letter] = ()
    ) -> list[Effect[C]]:
        """Give the channel a place: its own if it comes back, else one that is nobody's.

        `undelivered` is what the channel that it replaces, its `holder`, had not delivered.
        Raises Refused with SESSION_FULL where both places are somebody else's.
        """
        own = self._own_seat(label)
        seat = own or self._vacant_seat()
        other = self._other(seat)
        returned = own is not None and label is not None and not seat.went_away
        effects: list[Effect[C]] = []
        if seat.channel is not None:
            effects.append(Close(seat.channel, CloseCode.REPLACED))
            effects += _dropped(seat.mailbox.put_back(undelivered, self._limits))
        if own is None:
            seat.told_no_signal = False
        seat.taken, seat.label, seat.went_away, seat.left_waiting = True, label, False, False
        seat.channel, seat.since = channel, now
        if other.taken and self.state is State.WAITING:
            self.state = State.ACTIVE
            other.since = now if other.lost else other.since
        for message, size in seat.mailbox.take(label):
            effects.append(Send(channel, message, size))
            effects.append(Settled(message, Outcome.DELIVERED, size))
        if other.channel is not None:
            effects.append(PeerAttached(other.channel, returned))
            effects.append(PeerAttached(channel, returned))
        return effects

    def receive(self, channel: C, message: Relayed, size: int) -> list[Effect[C]]:
        """Relay or queue a message of an attached channel.

        Raises Refused with SIGNAL_NOT_FOUND or QUEUE_FULL; the session is then as it was.
        """
        seat = self._seat_of(channel)
        other = self._other(seat)
        if isinstance(message, Hangup):
            return self._hang_up(seat, other, message, size)
        if isinstance(message, Answer) and not other.offered:
            raise Refused(Code.SIGNAL_NOT_FOUND)
        effects: list[Effect[C]]
        if other.channel is not None:
            effects = [Settled(message, Outcome.RELAYED, size), Send(other.channel, message, size)]
        else:
            stale = other.mailbox.put((message, size), self._limits)
            effects = [*_dropped(stale), Settled(message, Outcome.QUEUED, size)]
        if seat.label is None and message.label != other.label:
            seat.label = message.label
        if isinstance(message, Offer):
            # In a collision both offers stand, and the impolite one is answered (W3C WebRTC 1.0,
            # section 10.7); an offer that was answered makes way for the next negotiation.
            seat.offered, seat.answered = True, False
            other.offered &= not other.answered
        if isinstance(message, Answer):
            other.answered = True
        return effects

    def lose(
        self, channel: C, undelivered: Iterable[Letter], now: float, *, went_away: bool = False
    ) -> list[Effect[C]]:
        """Note that a channel is gone, and keep what it had not delivered for its return.

        `went_away`: it said that its page was left or loaded anew (RFC 6455, section 7.4.1: 1001).
        """
        seat = self._seat_of(channel)
        seat.channel, seat.since, seat.went_away = None, now, went_away
        seat.left_waiting = self.state is State.WAITING
        return _dropped(seat.mailbox.put_back(undelivered, self._limits))

    def leave(self, channel: C) -> list[Effect[C]]:
        """End the session because this participant closed its channel deliberately."""
        self._seat_of(channel).channel = None
        return self.end(Code.SESSION_ENDED)

    def end(self, code: Code) -> list[Effect[C]]:
        """End the session and tell whoever is attached why."""
        effects: list[Effect[C]] = []
        for attached in [seat.channel for seat in self._seats if seat.channel is not None]:
            effects += [
                Send(attached, Error(self.session_id, code)),
                Close(attached, CloseCode.ENDED),
            ]
        return self._ended(effects)

    def deadline(self) -> float:
        """Return when `expire` is due next."""
        return min((due for due, _ in self._timers()), default=NEVER)

    def expire(self, now: float) -> list[Effect[C]]:
        """Do what is due by now."""
        effects: list[Effect[C]] = []
        for due, act in self._timers():
            if due <= now and self.state is not State.ENDED:
                effects += act()
        return effects

    def _timers(self) -> list[tuple[float, Callable[[], list[Effect[C]]]]]:
        if self.state is State.ENDED:
            return []
        timers: list[tuple[float, Callable[[], list[Effect[C]]]]] = []
        waited = self._created + self._limits.wait_timeout
        first, second = self._seats
        offered = first.offered or second.offered
        if self.state is State.WAITING:
            timers.append((waited, self._time_out))
        elif not offered and not (first.lost or second.lost):  # two recipients, as it seems
            came = max(first.since, second.since)
            timers.append((max(came + self._limits.reconnect_grace, waited), self._time_out))
        for seat in self._seats:
            if seat.lost and self.state is State.ACTIVE:
                # Who sends the link by a messenger may be there when the other opens it.
                due = seat.since + self._limits.reconnect_grace
                timers.append((max(due, waited) if seat.left_waiting else due, self._time_out))
            elif seat.channel is not None and not offered and not seat.told_no_signal:
                due = seat.since + self._limits.signal_timeout
                timers.append((due, partial(self._tell_no_signal, seat)))
        return timers

    def _time_out(self) -> list[Effect[C]]:
        return self.end(Code.SESSION_ENDED)

    def _tell_no_signal(self, seat: _Seat[C]) -> list[Effect[C]]:
        seat.told_no_signal = True
        if seat.channel is None:
            return []
        return [Send(seat.channel, Error(self.session_id, Code.SIGNAL_NOT_FOUND))]

    def _hang_up(
        self, seat: _Seat[C], other: _Seat[C], message: Hangup, size: int
    ) -> list[Effect[C]]:
        effects: list[Effect[C]] = []
        if other.channel is not None:
            effects += [
                Settled(message, Outcome.RELAYED, size),
                Send(other.channel, message, size),
                Close(other.channel, CloseCode.ENDED),
            ]
        else:
            effects.append(Settled(message, Outcome.DROPPED, size))
        if seat.channel is not None:
            effects.append(Close(seat.channel, CloseCode.ENDED))
        return self._ended(effects)

    def _ended(self, effects: list[Effect[C]]) -> list[Effect[C]]:
        self.state = State.ENDED
        self._seats = (_Seat(), _Seat())
        return effects

    def _own_seat(self, label: str | None) -> _Seat[C] | None:
        """Find the place of one that comes back (protocol.md, section 4).

        It is the one with the same label. Who has none is taken for one that had none either and
        is known to be lost: it must never get its own messages.
        """
        for seat in self._seats:
            if seat.taken and seat.label == label and (label is not None or seat.lost):
                return seat
        return None

    def _vacant_seat(self) -> _Seat[C]:
        """Find a place for a newcomer: a lost one that bears a label waits for that label alone."""
        free = [seat for seat in self._seats if not seat.taken]
        lost = [seat for seat in self._seats if seat.lost and seat.label is None]
        for seat in free + lost:
            return seat
        raise Refused(Code.SESSION_FULL)

    def _seat_of(self, channel: C) -> _Seat[C]:
        for seat in self._seats:
            if seat.channel == channel:
                return seat
        raise KeyError(channel)

    def _other(self, seat: _Seat[C]) -> _Seat[C]:
        first, second = self._seats
        return second if seat is first else first
