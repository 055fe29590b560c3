"""One session: two participants, a mailbox for each, waiting, active, ended (protocol.md, 2-5).

Pure: no I/O, no clock. The time is an argument (monotonic seconds), and what is to be done comes
back as a list of effects, to be carried out in order. A channel is any object that stands for a
participant's connection; the core compares channels and hands them back, nothing more.
"""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from functools import partial
from typing import Generic, TypeAlias, TypeVar

from homecall_appliance.signaling.messages import (
    Answer,
    Candidate,
    Code,
    Error,
    Hangup,
    Message,
    Offer,
    Refused,
    Relayed,
)

C = TypeVar("C")

Letter: TypeAlias = tuple[Relayed, int]
"""A message and the bytes that it took on the wire."""


class State(StrEnum):
    """The life of a session (protocol.md, section 5)."""

    WAITING = "waiting"
    ACTIVE = "active"
    ENDED = "ended"


class Outcome(StrEnum):
    """What became of a message, as the journal names it."""

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

    wait_timeout: float = 600.0
    signal_timeout: float = 15.0
    reconnect_grace: float = 30.0
    queue_messages: int = 256
    queue_bytes: int = 1_048_576


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
    """Tell the channel that the other participant is there; `returned`: the same one as before."""

    channel: C
    returned: bool


@dataclass(frozen=True)
class Settled:
    """The outcome of a message that was received."""

    message: Relayed
    outcome: Outcome
    size: int


Effect: TypeAlias = Send[C] | Close[C] | PeerAttached[C] | Settled


@dataclass
class _Mailbox:
    """What waits for a participant, first in, first out."""

    letters: deque[Letter] = field(default_factory=deque)
    size: int = 0

    def put(self, letter: Letter, limits: Limits) -> None:
        if len(self.letters) >= limits.queue_messages or self.size + letter[1] > limits.queue_bytes:
            raise Refused(Code.QUEUE_FULL)
        self.letters.append(letter)
        self.size += letter[1]

    def put_back(self, letters: Iterable[Letter]) -> None:
        self._replace(_fresh([*letters, *self.letters]))

    def drop_negotiation(self) -> list[Letter]:
        stale = [letter for letter in self.letters if _negotiates(letter)]
        self._replace([letter for letter in self.letters if not _negotiates(letter)])
        return stale

    def take_all(self) -> list[Letter]:
        letters = list(self.letters)
        self._replace([])
        return letters

    def _replace(self, letters: list[Letter]) -> None:
        self.letters = deque(letters)
        self.size = sum(size for _, size in letters)


def _negotiates(letter: Letter) -> bool:
    return isinstance(letter[0], Offer | Candidate)


def _fresh(letters: list[Letter]) -> list[Letter]:
    """Leave out what belongs to a negotiation that a later offer replaces."""
    offers = [index for index, (message, _) in enumerate(letters) if isinstance(message, Offer)]
    newest = max(offers, default=0)
    return [each for index, each in enumerate(letters) if index >= newest or not _negotiates(each)]


@dataclass
class _Seat(Generic[C]):
    """A participant's place; `channel` is None while it is lost or nobody took it yet."""

    taken: bool = False
    label: str | None = None
    channel: C | None = None
    since: float = 0.0
    mailbox: _Mailbox = field(default_factory=_Mailbox)
    offered: bool = False
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

    def holder(self, label: str | None) -> C | None:
        """Return the channel that an attaching one with this label replaces."""
        if label is None:
            return None
        return next((seat.channel for seat in self._seats if seat.label == label), None)

    def attach(
        self, channel: C, label: str | None, now: float, undelivered: Iterable[Letter] = ()
    ) -> list[Effect[C]]:
        """Give the channel a place: its own if it comes back, else a free or a lost one.

        `undelivered` is what the channel that it replaces, its `holder`, had not delivered.
        Raises Refused with SESSION_FULL where both participants are in place.
        """
        seat = self._seat_for(label)
        other = self._other(seat)
        returned = seat.taken and label is not None and seat.label == label
        effects: list[Effect[C]] = []
        if seat.channel is not None:
            effects.append(Close(seat.channel, CloseCode.REPLACED))
            seat.mailbox.put_back(undelivered)
        seat.taken, seat.label, seat.channel, seat.since = True, label, channel, now
        if other.taken:
            self.state = State.ACTIVE
        effects += [Send(channel, message, size) for message, size in seat.mailbox.take_all()]
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
        if seat.label is None:
            seat.label = message.label
        match message:
            case Hangup():
                return self._hang_up(seat, other, message, size)
            case Answer() if not other.offered:
                raise Refused(Code.SIGNAL_NOT_FOUND)
            case Offer():
                stale = other.mailbox.drop_negotiation()
            case Answer() | Candidate():
                stale = []
        effects: list[Effect[C]] = [Settled(old, Outcome.DROPPED, n) for old, n in stale]
        if other.channel is not None:
            effects += [Settled(message, Outcome.RELAYED, size), Send(other.channel, message, size)]
        else:
            other.mailbox.put((message, size), self._limits)
            effects.append(Settled(message, Outcome.QUEUED, size))
        if isinstance(message, Offer):
            seat.offered, other.offered = True, False
        return effects

    def lose(self, channel: C, undelivered: Iterable[Letter], now: float) -> None:
        """Note that a channel is gone, and keep what it had not delivered for its return."""
        seat = self._seat_of(channel)
        seat.channel, seat.since = None, now
        seat.mailbox.put_back(undelivered)

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
        """Return when `expire` is due next; infinity if never."""
        return min((due for due, _ in self._timers()), default=float("inf"))

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
        if self.state is State.WAITING:
            timers.append((self._created + self._limits.wait_timeout, self._time_out))
        offered = any(seat.offered for seat in self._seats)
        for seat in self._seats:
            if seat.lost:
                timers.append((seat.since + self._limits.reconnect_grace, self._time_out))
            elif seat.taken and not offered and not seat.told_no_signal:
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

    def _seat_for(self, label: str | None) -> _Seat[C]:
        """Choose a place (protocol.md, section 4).

        The one with the same label is the participant's own. A participant without a label that
        finds a lost one without a label is taken for the same: it must never get its own messages.
        """
        own = [seat for seat in self._seats if seat.taken and seat.label == label]
        if label is None:
            own = [seat for seat in own if seat.lost]
        free = [seat for seat in self._seats if not seat.taken]
        lost = [seat for seat in self._seats if seat.lost]
        for seat in own + free + lost:
            return seat
        raise Refused(Code.SESSION_FULL)

    def _seat_of(self, channel: C) -> _Seat[C]:
        return next(seat for seat in self._seats if seat.channel == channel)

    def _other(self, seat: _Seat[C]) -> _Seat[C]:
        first, second = self._seats
        return second if seat is first else first
