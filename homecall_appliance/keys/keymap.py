"""Which keys do what, as the configuration has it. PURE."""

from collections.abc import Sequence
from enum import StrEnum

from homecall_appliance.config.key_codes import CODES
from homecall_appliance.config.model import Keys
from homecall_appliance.keys.presses import Length

TOUCH = "BTN_TOUCH"
"""In a list of the configuration: what is tapped on a touch screen, which is no press of a key."""


class Action(StrEnum):
    """What a key can do, by the name of its list in the configuration.

    The first of them, in this order, that there is something to do it to is what a press does.
    """

    ANSWER = "answer"
    DECLINE = "decline"
    HANG_UP = "hangup"
    MUTE = "mute"
    CAMERA = "camera"
    OPEN_DOOR = "open"


_WHILE_RINGING = frozenset({Action.ANSWER, Action.DECLINE, Action.OPEN_DOOR})
_IN_A_CALL = frozenset({Action.HANG_UP, Action.MUTE, Action.CAMERA, Action.OPEN_DOOR})
"""What can be done at one time, so that a key in several of these lists needs its length."""


class Keymap:
    """Knows the actions of each key.

    A house with one button writes it into several lists: `answer`, `hangup` and `open`, say. A
    short press then does the first of its actions that there is something to do it to: it accepts
    a visitor, and hangs up in a call. A long one does the last: it opens the door, and where no
    door is configured it hangs up. With `decline` in place of `open`, a long press sends a visitor
    away. So one rule serves every button, and needs no settings of its own; what is done most
    comes by the short press, and what must not happen by accident by the long one.

    Only such a key has to be let go, or held, before it is known what it is to do. One whose
    actions never compete, such as KEY_PHONE in `answer` and `hangup`, acts as soon as it is down.
    """

    def __init__(self, settings: Keys) -> None:
        lists: dict[Action, Sequence[str]] = {
            Action.ANSWER: settings.answer,
            Action.DECLINE: settings.decline,
            Action.HANG_UP: settings.hangup,
            Action.MUTE: settings.mute,
            Action.CAMERA: settings.camera,
            Action.OPEN_DOOR: settings.open,
        }
        self._actions: dict[int, tuple[Action, ...]] = {}
        for action in Action:
            for name in (each for each in lists[action] if each != TOUCH):
                known = self._actions.get(CODES[name], ())
                if action not in known:
                    self._actions[CODES[name]] = (*known, action)

    @property
    def codes(self) -> frozenset[int]:
        """The keys that do something."""
        return frozenset(self._actions)

    def has_long_press(self, code: int) -> bool:
        """Whether a long press of this key does something else than a short one."""
        actions = set(self._actions.get(code, ()))
        return any(len(actions & each) > 1 for each in (_WHILE_RINGING, _IN_A_CALL))

    def actions(self, code: int, length: Length) -> tuple[Action, ...]:
        """What such a press of a key is to do: the first of these that there is something to do
        it to."""
        actions = self._actions.get(code, ())
        return actions[::-1] if length is Length.LONG and self.has_long_press(code) else actions
