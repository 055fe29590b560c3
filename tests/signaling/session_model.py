"""What protocol.md, sections 2, 4 and 5, says of one session, written down as plainly as it goes.

The model has the methods of `Session` and answers with the same effects, but keeps nothing that
it can work out anew: one list per place holds every letter that is not known to have arrived,
whether it waits for its addressee or is on the addressee's channel. The journal is not its concern.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from math import inf
from typing import Literal

from homecall_appliance.signaling.mailbox import Letter
from homecall_appliance.signaling.messages import (
    Answer,
    Candidate,
    Code,
    Error,
    Hangup,
    Offer,
    Refused,
    Relayed,
)
from homecall_appliance.signaling.session import (
    Close,
    CloseCode,
    Effect,
    Limits,
    PeerAttached,
    Send,
    State,
)


@dataclass(frozen=True)
class Signed:
    """A message, its bytes, and the label that it bears."""

    message: Relayed
    size: int
    author: str | None


@dataclass(eq=False)
class Place:
    """One of the two places; `channel` is None while its participant is lost, or never came."""

    taken: bool = False
    label: str | None = None
    channel: int | None = None
    since: float = 0.0
    waits_elsewhere: bool = False
    page_left: bool = False
    told: bool = False
    offer: Literal["answered", "unanswered"] | None = None
    """Its offer, as long as that may be answered."""

    letters: list[Signed] = field(default_factory=list)

    @property
    def lost(self) -> bool:
        return self.taken and self.channel is None

    @property
    def queued(self) -> int:
        return 0 if self.channel is not None else sum(letter.size for letter in self.letters)


class Model:
    """The session that `Session` must be indistinguishable from."""

    def __init__(self, session_id: str, limits: Limits, now: float) -> None:
        self.session_id = session_id
        self.limits = limits
        self.created = now
        self.ended = False
        self.active_since = inf
        self.places = (Place(), Place())

    @property
    def state(self) -> State:
        if self.ended:
            return State.ENDED
        return State.ACTIVE if all(place.taken for place in self.places) else State.WAITING

    @property
    def queued_bytes(self) -> int:
        return 0 if self.ended else sum(place.queued for place in self.places)

    @property
    def most_queued_bytes(self) -> int:
        """The bound of the queues, whatever comes back into them."""
        return len(self.places) * self.limits.queue_bytes

    def holder(self, label: str | None) -> int | None:
        place = self._own_place(label)
        return place.channel if place else None

    # Sections 2 and 4: attaching, and coming back

    def attach(
        self, channel: int, label: str | None, now: float, undelivered: Iterable[Letter] = ()
    ) -> list[Effect[int]]:
        own = self._own_place(label)
        place = own or self._vacant_place()
        if place is None:
            raise Refused(Code.SESSION_FULL)
        effects: list[Effect[int]] = []
        if place.channel is not None:
            effects.append(Close(place.channel, CloseCode.REPLACED))
            self._put_back(place, undelivered)
        returned = label is not None and own is not None and not place.page_left
        place.told = place.told and own is not None
        place.taken, place.label, place.page_left = True, label, False
        place.channel, place.since, place.waits_elsewhere = channel, now, False
        if self.state is State.ACTIVE:
            self.active_since = min(self.active_since, now)
        place.letters = [each for each in place.letters if label is None or each.author != label]
        effects += [Send(channel, letter.message, letter.size) for letter in place.letters]
        other = self._other(place)
        if other.channel is not None:
            effects += [PeerAttached(to, returned) for to in (channel, other.channel)]
        return effects

    def _own_place(self, label: str | None) -> Place | None:
        """Find who comes back: by its label, or as the nameless one that is known to be lost."""
        for place in self.places:
            if place.taken and place.label == label and (label or place.lost):
                return place
        return None

    def _vacant_place(self) -> Place | None:
        """Find a place that is nobody's: one that bears a label is that participant's alone."""
        free = [place for place in self.places if not place.taken]
        lost = [place for place in self.places if place.lost and not place.label]
        return next(iter(free + lost), None)

    # Section 4: order, queues, loss

    def receive(self, channel: int, message: Relayed, size: int) -> list[Effect[int]]:
        place = self._place_of(channel)
        other = self._other(place)
        label = place.label
        if label is None and message.label != other.label:
            label = message.label
        if isinstance(message, Hangup):
            effects: list[Effect[int]] = [Close(channel, CloseCode.ENDED)]
            if other.channel is not None:
                effects += [Send(other.channel, message, size)]
                effects += [Close(other.channel, CloseCode.ENDED)]
            self.ended = True
            return effects
        if isinstance(message, Answer) and other.offer is None:
            raise Refused(Code.SIGNAL_NOT_FOUND)
        letters = [*other.letters, Signed(message, size, message.label)]
        if other.channel is None:
            letters = without_stale(letters)
            if not self._has_room_for(letters):
                raise Refused(Code.QUEUE_FULL)
        other.letters, place.label = letters, label
        if isinstance(message, Answer):
            other.offer = "answered"
        if isinstance(message, Offer):
            place.offer = "unanswered"
            if other.offer == "answered":
                other.offer = None
        return [] if other.channel is None else [Send(other.channel, message, size)]

    def lose(
        self, channel: int, undelivered: Iterable[Letter], now: float, *, went_away: bool = False
    ) -> None:
        place = self._place_of(channel)
        self._put_back(place, undelivered)
        place.channel, place.since, place.page_left = None, now, went_away
        place.waits_elsewhere = self.state is State.WAITING

    def _put_back(self, place: Place, undelivered: Iterable[Letter]) -> None:
        """Keep of what was on the channel the end that did not arrive; now it is queued again."""
        missing = len(list(undelivered))
        place.letters = without_stale(place.letters[len(place.letters) - missing :])
        while not self._has_room_for(place.letters):
            place.letters.pop()

    def _has_room_for(self, letters: list[Signed]) -> bool:
        return (
            len(letters) <= self.limits.queue_messages
            and sum(letter.size for letter in letters) <= self.limits.queue_bytes
        )

    # Section 5: life of a session

    def leave(self, channel: int) -> list[Effect[int]]:
        self._place_of(channel).channel = None
        return self._end()

    def expire(self, now: float) -> list[Effect[int]]:
        if self._ends_at() <= now:
            return self._end()
        uninformed = [place for place in self.places if self._signal_due(place) <= now]
        error = Error(self.session_id, Code.SIGNAL_NOT_FOUND)
        effects: list[Effect[int]] = []
        for place in uninformed:
            place.told = True
            effects += [Send(to, error) for to in [place.channel] if to is not None]
        return effects

    def deadline(self) -> float:
        return min(self._ends_at(), *map(self._signal_due, self.places))

    def _ends_at(self) -> float:
        if self.ended:
            return inf
        waited = self.created + self.limits.wait_timeout
        if self.state is State.WAITING:
            return waited
        if any(each.offer or each.lost for each in self.places):
            return min(self._grace_ends_at(each, waited) for each in self.places)
        return max(waited, *(each.since + self.limits.reconnect_grace for each in self.places))

    def _grace_ends_at(self, place: Place, waited: float) -> float:
        if not place.lost:
            return inf
        due = max(place.since, self.active_since) + self.limits.reconnect_grace
        return max(due, waited) if place.waits_elsewhere else due

    def _signal_due(self, place: Place) -> float:
        offered = any(each.offer for each in self.places)
        if self.ended or place.channel is None or offered or place.told:
            return inf
        return place.since + self.limits.signal_timeout

    def _end(self) -> list[Effect[int]]:
        self.ended = True
        effects: list[Effect[int]] = []
        for place in self.places:
            if place.channel is not None:
                effects += [Send(place.channel, Error(self.session_id, Code.SESSION_ENDED))]
                effects += [Close(place.channel, CloseCode.ENDED)]
        return effects

    def _place_of(self, channel: int) -> Place:
        return next(place for place in self.places if place.channel == channel)

    def _other(self, place: Place) -> Place:
        return self.places[place is self.places[0]]


def without_stale(letters: list[Signed]) -> list[Signed]:
    """Drop the offers and candidates from before the newest offer (section 4)."""
    offers = [letter for letter in letters if isinstance(letter.message, Offer)]
    if not offers:
        return letters
    newest = letters.index(offers[-1])
    stale = [each for each in letters[:newest] if isinstance(each.message, Offer | Candidate)]
    return [letter for letter in letters if letter not in stale]
