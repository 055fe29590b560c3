"""Nothing is painted over that is shown, and the newest picture counts."""

import pytest

from homecall_appliance.decoder.slots import Slots


def test_a_picture_is_shown_once() -> None:
    slots = Slots(2)
    assert slots.take() is None
    slots.painted(1)
    assert [slots.take(), slots.take()] == [1, None]


def test_the_newest_counts_and_the_older_one_is_free() -> None:
    slots = Slots(2)
    slots.painted(0)
    assert slots.due(awake=False) == []
    slots.painted(1)
    assert slots.due(awake=False) == [0], "it has no other"
    assert slots.take() == 1


def test_who_has_another_is_not_woken_for_a_slot() -> None:
    slots = Slots(2)
    slots.painted(0)
    assert slots.take() == 0
    slots.give_back(0)
    assert slots.due(awake=False) == []
    assert slots.due(awake=True) == [0]
    assert slots.due(awake=True) == []


def test_who_has_none_is_told_at_once() -> None:
    slots = Slots(2)
    slots.painted(0)
    assert slots.take() == 0
    slots.painted(1)
    assert slots.due(awake=False) == []
    slots.give_back(0)
    assert slots.due(awake=False) == [0]


@pytest.mark.parametrize("slot", [0, 2, 255, -1])
def test_what_is_not_the_processs_is_not_painted(slot: int) -> None:
    slots = Slots(2)
    slots.painted(0)
    with pytest.raises(ValueError, match="painted over"):
        slots.painted(slot)
    slots.take()
    with pytest.raises(ValueError, match="painted over"):
        slots.painted(slot)
    slots.give_back(0)
    with pytest.raises(ValueError, match="painted over"):
        slots.painted(slot)
