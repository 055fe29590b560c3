"""Touches into taps of what is on the screen."""

import pytest

from homecall_appliance.keys.ports import TapTarget
from homecall_appliance.keys.taps import SETTLED, Taps
from homecall_appliance.keys.touches import Phase, Touch
from tests.keys.key_world import Buttons

ANSWER, DECLINE = TapTarget("answer", 10.0), TapTarget("decline", 10.0)
MUTE, HANG_UP = TapTarget("mute", 20.1), TapTarget("hangup", 20.1)


class Finger:
    """A finger on a screen that shows Answer at the left, Decline at the right, and nothing
    between."""

    def __init__(self) -> None:
        self.buttons = Buttons([(0.0, 0.4, ANSWER), (0.6, 1.0, DECLINE)])
        self.taps = Taps(self.buttons.at)

    def show(self, *targets: TapTarget) -> None:
        self.buttons.shown = [
            (place, place + 0.4, target) for place, target in zip((0.0, 0.6), targets, strict=False)
        ]

    def move(self, phase: Phase, x: float, at: float) -> str | None:
        target = self.taps.accept(Touch(phase, x, 0.5, at))
        return target.name if target else None

    def tap(self, x: float, at: float) -> str | None:
        assert self.move(Phase.DOWN, x, at) is None
        return self.move(Phase.UP, x, at + 0.1)


@pytest.mark.parametrize(
    ("places", "tapped"),
    [
        ([0.1, 0.1], "answer"),
        ([0.7, 0.9], "decline"),
        ([0.1, 0.2, 0.3, 0.1], "answer"),
        ([0.1, 0.9], None),
        ([0.1, 0.5], None),
        ([0.5, 0.1], None),
        ([0.1, 0.5, 0.1], None),
        ([0.1, 0.9, 0.1], None),
    ],
)
def test_a_tap_begins_and_ends_on_one_button_and_never_leaves_it(
    places: list[float], tapped: str | None
) -> None:
    finger = Finger()
    first, *between, last = places
    finger.move(Phase.DOWN, first, 20.0)
    assert [finger.move(Phase.MOVE, x, 20.1) for x in between] == [None for _ in between]
    assert finger.move(Phase.UP, last, 20.2) == tapped


def test_a_touch_that_is_cancelled_is_no_tap() -> None:
    finger = Finger()
    finger.move(Phase.DOWN, 0.1, 20.0)
    finger.move(Phase.CANCEL, 0.1, 20.1)
    assert finger.move(Phase.UP, 0.1, 20.2) is None
    assert finger.tap(0.1, 25.0) == "answer"


@pytest.mark.parametrize(
    ("after", "tapped"),
    [(-1.0, None), (0.0, None), (SETTLED - 0.01, None), (SETTLED + 0.01, "answer")],
)
def test_what_has_just_come_to_be_there_is_not_tapped(after: float, tapped: str | None) -> None:
    """A negative time is that of an event which was read late."""
    finger = Finger()
    finger.show(TapTarget("answer", 50.0), TapTarget("decline", 50.0))
    assert finger.tap(0.1, 50.0 + after) == tapped


def test_what_changes_under_the_finger_is_not_tapped() -> None:
    for later in ((MUTE, HANG_UP), (TapTarget("answer", 20.1),), ()):
        finger = Finger()
        finger.move(Phase.DOWN, 0.1, 20.0)
        finger.show(*later)
        assert finger.move(Phase.UP, 0.1, 20.9) is None


def test_who_taps_again_and_again_wants_what_he_wanted_first() -> None:
    """And not what is there when the visitor has been let in; elsewhere, or after a while, he
    does."""
    finger = Finger()
    assert finger.tap(0.1, 20.0) == "answer"
    finger.show(MUTE, HANG_UP)
    assert [finger.tap(0.12, at) for at in (20.5, 21.0, 21.9, 22.8)] == [None] * 4
    assert finger.tap(0.7, 22.9) == "hangup"
    assert finger.tap(0.1, 25.0) == "mute"


def test_the_same_button_is_tapped_again_at_once() -> None:
    finger = Finger()
    finger.show(MUTE, HANG_UP)
    assert [finger.tap(0.1, at) for at in (30.0, 30.3, 30.6)] == ["mute"] * 3
