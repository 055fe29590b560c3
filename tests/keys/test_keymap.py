"""What presses do, as histories: the events of keys in, what the house was told out."""

from dataclasses import replace
from typing import Any

import pytest

from homecall_appliance.config.key_codes import CODES
from homecall_appliance.config.model import Keys
from homecall_appliance.keys.actions import SAME_WISH, KeyActions
from homecall_appliance.keys.keymap import Action, Keymap
from homecall_appliance.keys.ports import EventsLost, InputEvent, KeyEvent
from homecall_appliance.keys.presses import LONG_PRESS, Length, Presses
from tests.keys.key_world import ENTER, ESC, MICMUTE, PHONE, A, House

DEVICE = "/dev/input/event0"
ONE_BUTTON = Keys(answer=("KEY_A",), hangup=("KEY_A",), open=("KEY_A",), decline=(), mute=())
TWO_WISHES = replace(ONE_BUTTON, decline=("KEY_A",), open=())


class Played:
    """Keys that are played to a house, at moments of its clock."""

    def __init__(self, settings: Keys, house: House) -> None:
        self.house = house
        self._keymap = Keymap(settings)
        self._presses = Presses(self._keymap.has_long_press)
        self._actions = KeyActions(self._keymap, house)

    def event(self, event: InputEvent, device: str = DEVICE) -> None:
        if press := self._presses.accept(device, event):
            self._actions.perform(press)

    def wait(self, until: float) -> None:
        while (due := self._presses.next_long) <= until:
            for press in self._presses.held(due):
                self._actions.perform(press)

    def press(self, code: int, at: float, held: float = 0.1) -> None:
        self.event(KeyEvent(code, 1, at))
        for tick in range(int(held / 0.04)):
            self.wait(at + tick * 0.04)
            self.event(KeyEvent(code, 2, at + tick * 0.04))
        self.wait(at + held)
        self.event(KeyEvent(code, 0, at + held))


def house(*possible: str) -> House:
    return House(set(possible))


@pytest.mark.parametrize(
    ("code", "possible", "done"),
    [
        (ENTER, {"answer", "decline"}, ["answer"]),
        (ESC, {"answer", "decline"}, ["decline"]),
        (ESC, {"hangup", "mute", "camera"}, ["hangup"]),
        (PHONE, {"answer", "decline"}, ["answer"]),
        (PHONE, {"hangup", "mute", "camera"}, ["hangup"]),
        (PHONE, {"answer", "decline", "hangup"}, ["answer"]),  # another visitor waits
        (MICMUTE, {"hangup", "mute", "camera"}, ["mute"]),
        (MICMUTE, {"answer", "decline"}, []),
        (ENTER, set(), []),
        (ENTER, {"open"}, []),
        (A, {"answer", "decline", "hangup", "mute", "camera", "open"}, []),
    ],
)
def test_the_keys_as_they_are_by_default(code: int, possible: set[str], done: list[str]) -> None:
    played = Played(Keys(), house(*possible))
    played.press(code, 10.0)
    assert played.house.done == done


def test_by_default_every_key_acts_as_soon_as_it_is_down() -> None:
    keymap = Keymap(Keys())
    assert [code for code in keymap.codes if keymap.has_long_press(code)] == []
    played = Played(Keys(), house("answer"))
    played.event(KeyEvent(PHONE, 1, 10.0))
    assert played.house.done == ["answer"]


def test_a_key_that_is_held_acts_once() -> None:
    played = Played(Keys(), house("mute"))
    played.press(MICMUTE, 10.0, held=30.0)
    assert played.house.done == ["mute"]


def test_a_call_by_one_key() -> None:
    played = Played(Keys(), house())
    played.press(PHONE, 5.0)
    played.house.ring()
    played.press(PHONE, 10.0)
    played.press(PHONE, 60.0)
    played.house.ring()
    played.press(PHONE, 90.0)
    assert played.house.done == ["answer", "hangup", "answer"]


def test_who_presses_again_and_again_does_not_hang_up() -> None:
    played = Played(Keys(), house())
    played.house.ring()
    for count in range(100):
        played.press(PHONE, 10.0 + count * 0.2)
    assert played.house.done == ["answer"]
    played.press(PHONE, 10.0 + 99 * 0.2 + SAME_WISH)
    assert played.house.done == ["answer", "hangup"]


def test_a_press_before_it_rings_is_no_wish() -> None:
    played = Played(Keys(), house())
    played.press(PHONE, 10.0)
    played.house.ring()
    played.press(PHONE, 10.3)
    assert played.house.done == ["answer"]


def test_each_press_of_the_mute_key_counts() -> None:
    played = Played(Keys(), house("mute"))
    for count in range(4):
        played.press(MICMUTE, 10.0 + count * 0.3)
    assert played.house.done == ["mute"] * 4


def test_another_key_is_another_wish() -> None:
    played = Played(Keys(), house())
    played.house.ring()
    played.press(PHONE, 10.0)
    played.press(ESC, 10.2)
    assert played.house.done == ["answer", "hangup"]


@pytest.mark.parametrize(
    ("settings", "possible", "held", "done"),
    [
        (ONE_BUTTON, {"answer", "decline", "open"}, 0.2, ["answer"]),
        (ONE_BUTTON, {"answer", "decline", "open"}, 1.5, ["open"]),
        (ONE_BUTTON, {"hangup", "open"}, 0.2, ["hangup"]),
        (ONE_BUTTON, {"hangup", "open"}, 1.5, ["open"]),
        (ONE_BUTTON, {"hangup"}, 1.5, ["hangup"]),  # no door is configured
        (ONE_BUTTON, {"answer", "decline"}, 1.5, ["answer"]),
        (ONE_BUTTON, set(), 1.5, []),
        (TWO_WISHES, {"answer", "decline"}, 0.2, ["answer"]),
        (TWO_WISHES, {"answer", "decline"}, 1.5, ["decline"]),
        (TWO_WISHES, {"hangup"}, 0.2, ["hangup"]),
        (TWO_WISHES, {"hangup"}, 1.5, ["hangup"]),
    ],
)
def test_a_house_with_one_button(
    settings: Keys, possible: set[str], held: float, done: list[str]
) -> None:
    played = Played(settings, house(*possible))
    played.press(A, 10.0, held=held)
    assert played.house.done == done


def test_a_long_press_acts_while_it_is_held() -> None:
    played = Played(ONE_BUTTON, house("answer", "open"))
    played.event(KeyEvent(A, 1, 10.0))
    played.wait(10.0 + LONG_PRESS - 0.01)
    assert played.house.done == []
    played.wait(10.0 + LONG_PRESS)
    assert played.house.done == ["open"]
    played.event(KeyEvent(A, 0, 15.0))
    assert played.house.done == ["open"]


def test_how_long_it_was_counts_where_the_events_come_late() -> None:
    """The loop may have been held up for both, and the kernel has stamped them."""
    played = Played(ONE_BUTTON, house("answer", "open"))
    played.event(KeyEvent(A, 1, 10.0))
    played.event(KeyEvent(A, 0, 11.2))
    assert played.house.done == ["open"]


@pytest.mark.parametrize("of_it", [True, False])
def test_what_has_lost_events_is_not_held(of_it: bool) -> None:
    played = Played(ONE_BUTTON, house("answer", "open"))
    played.event(KeyEvent(A, 1, 10.0))
    played.event(EventsLost(), DEVICE if of_it else "/dev/input/event1")
    played.wait(20.0)
    played.event(KeyEvent(A, 0, 20.0))
    assert played.house.done == ([] if of_it else ["open"])


def test_a_key_that_was_down_before_is_no_press() -> None:
    played = Played(ONE_BUTTON, house("answer", "open"))
    played.event(KeyEvent(A, 2, 10.0))
    played.wait(20.0)
    played.event(KeyEvent(A, 0, 20.0))
    assert played.house.done == []


def test_the_same_key_of_two_devices_is_two_keys() -> None:
    played = Played(ONE_BUTTON, house("answer", "open"))
    played.event(KeyEvent(A, 1, 10.0))
    played.event(KeyEvent(A, 1, 10.9), "/dev/input/event1")
    played.event(KeyEvent(A, 0, 10.95), "/dev/input/event1")
    played.wait(20.0)
    assert played.house.done == ["answer", "open"]


def test_after_the_door_a_short_press_is_not_the_door_again() -> None:
    played = Played(ONE_BUTTON, house("hangup", "open"))
    played.press(A, 10.0, held=1.05)
    played.press(A, 11.3)
    assert played.house.done == ["open", "hangup"]


def test_the_order_of_actions_is_that_of_the_configuration() -> None:
    lists = [name for name in Keys.__dataclass_fields__ if name != "device"]
    assert lists == list(Action)
    all_lists: dict[str, Any] = dict.fromkeys(lists, ("KEY_A", "KEY_A"))
    everything = Keymap(Keys(**all_lists))
    assert everything.actions(A, Length.SHORT) == tuple(Action)
    assert everything.actions(A, Length.LONG) == tuple(Action)[::-1]
    assert everything.actions(ENTER, Length.SHORT) == ()


def test_a_touch_is_no_press_of_a_key() -> None:
    """A device that is no touch screen may send BTN_TOUCH: a touchpad does."""
    keymap = Keymap(Keys(open=("BTN_TOUCH", "KEY_A")))
    assert keymap.actions(CODES["KEY_A"], Length.SHORT) == (Action.OPEN_DOOR,)
    assert keymap.actions(CODES["BTN_TOUCH"], Length.SHORT) == ()
    assert CODES["BTN_TOUCH"] not in keymap.codes
