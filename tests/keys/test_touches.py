"""Events of touch screens into touches of one finger."""

import random
from typing import TypeAlias

from homecall_appliance.keys.ports import AxisEvent, EventsLost, InputEvent, KeyEvent, Report
from homecall_appliance.keys.touch_screen import (
    ABS_MT_POSITION_X,
    ABS_MT_POSITION_Y,
    ABS_MT_SLOT,
    ABS_MT_TRACKING_ID,
    ABS_X,
    ABS_Y,
    BTN_LEFT,
    BTN_TOUCH,
    Axis,
    TouchSurface,
)
from homecall_appliance.keys.touches import MOST_SLOTS, Phase, Touch, TouchTracker

SINGLE = TouchSurface(Axis(ABS_X, 0, 100), Axis(ABS_Y, 0, 10), frozenset({BTN_TOUCH, BTN_LEFT}))
MULTI = TouchSurface(Axis(ABS_MT_POSITION_X, 0, 100), Axis(ABS_MT_POSITION_Y, 0, 10))
DOWN, MOVE, UP, CANCEL = Phase.DOWN, Phase.MOVE, Phase.UP, Phase.CANCEL

X, Y = ABS_X, ABS_Y
SLOT, ID, MX, MY = ABS_MT_SLOT, ABS_MT_TRACKING_ID, ABS_MT_POSITION_X, ABS_MT_POSITION_Y


Event: TypeAlias = InputEvent | float | tuple[int, int]
"""Of an axis: its code and value. Of a report: its time."""


def touches(surface: TouchSurface, *events: Event) -> list[Touch]:
    """What becomes of events."""
    tracker = TouchTracker(surface)
    found: list[Touch] = []
    for event in events:
        match event:
            case (int(code), int(value)):
                found += tracker.accept(AxisEvent(code, value))
            case float(at):
                found += tracker.accept(Report(at))
            case KeyEvent() | AxisEvent() | Report() | EventsLost():
                found += tracker.accept(event)
    return found


def button(value: int, code: int = BTN_TOUCH) -> KeyEvent:
    return KeyEvent(code, value, 0.0)


def test_a_finger_on_a_screen_of_one() -> None:
    events: list[Event] = [
        button(1),
        (X, 50),
        (Y, 2),
        1.0,
        (X, 60),
        2.0,
        2.5,
        (Y, 5),
        button(0),
        3.0,
    ]
    assert touches(SINGLE, *events) == [
        Touch(DOWN, 0.5, 0.2, 1.0),
        Touch(MOVE, 0.6, 0.2, 2.0),
        Touch(UP, 0.6, 0.5, 3.0),
    ]


def test_a_pointer_that_hovers_is_no_finger() -> None:
    """The same place is not told again."""
    left: list[Event] = [button(1, BTN_LEFT), 2.0, button(0, BTN_LEFT), 3.0]
    assert touches(SINGLE, (X, 50), (Y, 2), 1.0, (X, 70), 1.5, *left, *left) == 2 * [
        Touch(DOWN, 0.7, 0.2, 2.0),
        Touch(UP, 0.7, 0.2, 3.0),
    ]


def test_two_buttons_at_once_are_one_finger() -> None:
    events: list[Event] = [
        (X, 0),
        (Y, 0),
        button(1),
        button(1, BTN_LEFT),
        1.0,
        button(0, BTN_LEFT),
        2.0,
    ]
    assert touches(SINGLE, *events, button(0), 3.0) == [
        Touch(DOWN, 0.0, 0.0, 1.0),
        Touch(UP, 0.0, 0.0, 3.0),
    ]


def test_a_finger_whose_place_or_beginning_is_not_known_is_passed_over() -> None:
    assert touches(SINGLE, button(1), (X, 50), 1.0, (Y, 5), 2.0, button(0), 3.0) == []
    assert touches(SINGLE, (X, 50), (Y, 5), 1.0, button(2), 2.0, button(0), 3.0) == []


def test_fingers_in_slots() -> None:
    """The first is followed; one that was there beside it is not taken for the next."""
    first: list[Event] = [(SLOT, 0), (ID, 7), (MX, 50), (MY, 5), 1.0]
    second: list[Event] = [(SLOT, 1), (ID, 8), (MX, 90), (MY, 9), 2.0]
    moved: list[Event] = [(MX, 80), (SLOT, 0), (MX, 60), 3.0]
    lifted: list[Event] = [(ID, -1), 4.0, (SLOT, 1), (MX, 10), 5.0, (ID, -1), 6.0]
    again: list[Event] = [(SLOT, 0), (ID, 9), 7.0]
    assert touches(MULTI, *first, *second, *moved, *lifted, *again) == [
        Touch(DOWN, 0.5, 0.5, 1.0),
        Touch(MOVE, 0.6, 0.5, 3.0),
        Touch(UP, 0.6, 0.5, 4.0),
        Touch(DOWN, 0.6, 0.5, 7.0),
    ]


def test_another_finger_in_the_same_slot() -> None:
    """Documentation/input/multi-touch-protocol.rst: a new tracking id is a new contact."""
    begun: list[Event] = [(ID, 7), (MX, 50), (MY, 5), 1.0]
    expected = [
        Touch(DOWN, 0.5, 0.5, 1.0),
        Touch(CANCEL, 0.5, 0.5, 1.0),
        Touch(DOWN, 0.9, 0.5, 2.0),
    ]
    assert touches(MULTI, *begun, (ID, 8), (MX, 90), 2.0) == expected
    assert touches(MULTI, *begun, (ID, -1), (ID, 8), (MX, 90), 2.0) == expected


def test_a_finger_of_which_events_are_lost() -> None:
    begun: list[Event] = [(ID, 7), (MX, 50), (MY, 5), 1.0]
    state: list[Event] = [(SLOT, 0), (MX, 60), (MY, 5), (SLOT, 0)]
    assert touches(MULTI, *begun, EventsLost(), *state, (MX, 61), 2.0, (ID, -1), 3.0) == [
        Touch(DOWN, 0.5, 0.5, 1.0),
        Touch(CANCEL, 0.5, 0.5, 1.0),
    ]
    lost = touches(SINGLE, (X, 0), (Y, 0), button(1), 1.0, EventsLost(), button(0), 2.0)
    assert [each.phase for each in lost] == [DOWN, CANCEL]


def test_slots_that_no_screen_has() -> None:
    assert touches(MULTI, (SLOT, -1), (ID, 1), (MX, 1), (MY, 1), 1.0) == []
    assert touches(MULTI, (SLOT, 2**31 - 1), (ID, 1), (MX, 1), (MY, 1), 1.0) == []


def test_odd_events_make_no_odd_touches() -> None:
    """Whatever comes, a finger comes down, moves, and goes, and stays on the panel."""
    chance = random.Random(21)
    codes = [SLOT, ID, MX, MY, X, Y, 0x3F]
    values = [-1, 0, 1, 5, 50, 99, MOST_SLOTS, 2**31 - 1, -(2**31)]
    for surface in (SINGLE, MULTI):
        events: list[Event] = []
        for at in range(20_000):
            kind = chance.choice("aaaakkrrl" if at % 10 == 0 else "aaaakkrr")
            match kind:
                case "a":
                    events.append((chance.choice(codes), chance.choice(values)))
                case "k":
                    events.append(KeyEvent(chance.choice([BTN_TOUCH, BTN_LEFT, 28]), at % 3, at))
                case "r":
                    events.append(float(at))
                case _:
                    events.append(EventsLost())
        found = touches(surface, *events)
        assert len(found) > 100
        is_down = False
        for each in found:
            assert 0 <= each.x <= 1
            assert 0 <= each.y <= 1
            assert is_down is (each.phase is not DOWN)
            is_down = each.phase in (DOWN, MOVE)
