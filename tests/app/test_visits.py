"""What is remembered of visitors, and what the owner's programs are told."""

from datetime import UTC, datetime

import pytest

from homecall_appliance.app.visits import Visits
from homecall_appliance.calls.call_event import CallEvent, CallEventKind
from homecall_appliance.display.view import Thumbnail
from homecall_appliance.events.event import Event, Kind

PICTURE = Thumbnail(1, 1, b"abc")
NOW = datetime(2026, 12, 1, 18, 2, tzinfo=UTC)


class House:
    def __init__(self) -> None:
        self.told: list[Event] = []
        self.changes = 0
        self.pictures = {7: PICTURE}
        """By the numbers of calls."""
        self.visits = Visits(
            self.told.append,
            self._changed,
            lambda call: self.pictures.pop(call, None),
            lambda: "19:02",
            lambda: NOW,
        )

    def _changed(self) -> None:
        self.changes += 1

    def missed_after(self, *kinds: CallEventKind) -> str:
        for kind in kinds:
            self.visits.on_call_event(CallEvent(kind, 7))
        return self.visits.missed


def test_who_was_missed_is_remembered_until_somebody_comes_or_is_at_the_keys() -> None:
    house = House()
    assert house.missed_after(CallEventKind.RINGING, CallEventKind.MISSED) == "19:02"
    assert house.missed_after(CallEventKind.RINGING) == ""
    assert house.missed_after(CallEventKind.DECLINED) == ""
    assert house.missed_after(CallEventKind.RINGING, CallEventKind.MISSED) == "19:02"
    house.visits.seen()
    house.visits.seen()
    assert house.visits.missed == ""
    assert house.changes == 4, "told when it changes"


def test_the_picture_of_who_was_missed_is_kept_as_long_as_that_is_told() -> None:
    house = House()
    shown = []
    house.pictures[9] = PICTURE
    for kind, call in (("missed", 7), ("ringing", 8), ("missed", 8), ("missed", 9)):
        house.visits.on_call_event(CallEvent(CallEventKind(kind), call))
        shown.append(house.visits.missed_picture)
    house.visits.seen()
    shown.append(house.visits.missed_picture)
    assert shown == [PICTURE, None, None, PICTURE, None], "none is shown in place of another's"
    assert house.changes == 5


@pytest.mark.parametrize("kind", ["answered", "declined", "ended"])
def test_of_no_others_a_picture_is_kept(kind: str) -> None:
    house = House()
    assert house.missed_after(CallEventKind(kind)) == ""
    assert house.visits.missed_picture is None
    assert not house.pictures, "it is forgotten where it was kept so far"


def test_each_event_is_told_with_its_time() -> None:
    house = House()
    house.visits.on_call_event(CallEvent(CallEventKind.ENDED, 3, 41.5))
    house.visits.on_opened(4)
    assert house.told == [Event(Kind.ENDED, 3, NOW, 41.5), Event(Kind.OPENED, 4, NOW)]
    assert [Kind(each.value) for each in CallEventKind], "each has a kind of event"
