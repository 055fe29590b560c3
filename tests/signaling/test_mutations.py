"""protocol.md, sections 2 and 4: the property test finds the faults that it is there to find.

Each of them is put into the core on purpose; the machine must come upon it, and name it.
"""

import pytest
from hypothesis import Phase, Verbosity, settings

from homecall_appliance.signaling.messages import Candidate, Offer, Refused, Relayed
from homecall_appliance.signaling.session import Effect, Send, Session, _Seat
from tests.signaling.test_session_property import SETTINGS, explore, machine_for

UNTIL_FOUND = settings(
    SETTINGS, phases=[Phase.generate], report_multiple_bugs=False, verbosity=Verbosity.quiet
)
"""That there is a fault is enough; whoever has to mend one wants its shortest history."""


class Drops(Session[int]):
    """One message in twenty is not relayed."""

    def receive(self, channel: int, message: Relayed, size: int) -> list[Effect[int]]:
        effects = super().receive(channel, message, size)
        return [each for each in effects if not (isinstance(each, Send) and each.size == 20)]


class Echoes(Session[int]):
    """A message goes to the other participant, and back to its sender."""

    def receive(self, channel: int, message: Relayed, size: int) -> list[Effect[int]]:
        return [*super().receive(channel, message, size), Send(channel, message, size)]


class AcceptsThird(Session[int]):
    """Where both places are taken, a newcomer drives the second participant out."""

    def _vacant_seat(self) -> _Seat[int]:
        try:
            return super()._vacant_seat()
        except Refused:
            return self._seats[1]


class LendsPlaces(Session[int]):
    """A lost place that bears a label is given to whoever comes."""

    def _vacant_seat(self) -> _Seat[int]:
        try:
            return super()._vacant_seat()
        except Refused:
            lost = [seat for seat in self._seats if seat.lost]
            if not lost:
                raise
            return lost[0]


class KnowsByNothing(Session[int]):
    """Who comes without a label is taken for one that is lost and bears a label."""

    def _own_seat(self, label: str | None) -> _Seat[int] | None:
        lost = [seat for seat in self._seats if seat.lost]
        return super()._own_seat(label) or (lost[0] if lost and label is None else None)


class KeepsStale(Session[int]):
    """A new offer leaves the queued candidates from before it where they are."""

    def receive(self, channel: int, message: Relayed, size: int) -> list[Effect[int]]:
        queue = self._other(self._seat_of(channel)).mailbox
        candidates = [each for each in queue.letters if isinstance(each[0], Candidate)]
        effects = super().receive(channel, message, size)
        if isinstance(message, Offer):
            queue.letters.extendleft(reversed(candidates))
            queue.size += sum(size for _, size in candidates)
        return effects


@pytest.mark.parametrize(
    ("mutant", "fault"),
    [
        (Drops, "something is lost"),
        (Echoes, "a message goes back to its sender"),
        (AcceptsThird, "it is refused: None, but should be: session_full"),
        (LendsPlaces, "it is refused: None, but should be: session_full"),
        (KnowsByNothing, "the state is wrong"),
        (KeepsStale, "something stale stays in the queue"),
    ],
)
def test_a_fault_is_found(mutant: type[Session[int]], fault: str) -> None:
    with pytest.raises(AssertionError, match=f"^{fault}"):
        explore(machine_for(mutant), 20_000, UNTIL_FOUND, first_seed=0)
