"""Does what presses mean. PURE."""

from collections.abc import Callable, Mapping

from homecall_appliance.keys.keymap import Action, Keymap
from homecall_appliance.keys.ports import CallControl
from homecall_appliance.keys.presses import Length, Press

SAME_WISH = 1.0
"""Seconds. Presses of one key that follow each other faster want what the first one did: who
presses again and again when it rings does not want to hang up on the visitor."""


class KeyActions:
    """Lets each press do the first of its actions that there is something to do it to."""

    def __init__(self, keymap: Keymap, control: CallControl) -> None:
        self._keymap = keymap
        self._do: Mapping[Action, Callable[[], int]] = {
            Action.ANSWER: control.answer,
            Action.DECLINE: control.decline,
            Action.HANG_UP: control.hang_up,
            Action.MUTE: control.mute,
            Action.CAMERA: control.camera,
            Action.OPEN_DOOR: control.open_door,
        }
        self._done: dict[tuple[int, Length], tuple[Action, float]] = {}

    def perform(self, press: Press) -> Action | None:
        """Return what was done; None: there was nothing to do."""
        key = press.code, press.length
        actions = self._keymap.actions(*key)
        before = self._done.pop(key, None)
        if before and press.at - before[1] < SAME_WISH:
            self._done[key] = before[0], press.at
            actions = (before[0],)
        for action in actions:
            if self._do[action]():
                self._done[key] = action, press.at
                return action
        return None
