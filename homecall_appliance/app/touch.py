"""What is tapped on the screen, done to the calls: joins the touch screens and the display."""

from collections.abc import Callable, Mapping
from typing import Protocol

from homecall_appliance.display.targets import Targets
from homecall_appliance.display.view import Button
from homecall_appliance.keys.ports import CallControl, TapTarget


class ButtonScreen(Protocol):
    """A screen that may have buttons."""

    @property
    def targets(self) -> Targets | None:
        """What of it may be tapped, as it was drawn last; None: it has no buttons."""


class TouchControl:
    """Does what each button on the screen is for, as the key of that action does: see
    keys.ports.Tappable."""

    def __init__(
        self, screen: ButtonScreen, control: CallControl, dismiss: Callable[[], None]
    ) -> None:
        """`dismiss` is told that somebody has seen who was missed."""
        self._screen = screen
        self._dismiss = dismiss
        self._do: Mapping[Button, Callable[[], int]] = {
            Button.ANSWER: control.answer,
            Button.DECLINE: control.decline,
            Button.HANG_UP: control.hang_up,
            Button.MUTE: control.mute,
            Button.CAMERA: control.camera,
            Button.OPEN_DOOR: control.open_door,
            Button.DISMISS: self._seen,
        }

    def at(self, x: float, y: float) -> TapTarget | None:
        """Return the button at a place of the panel."""
        targets = self._screen.targets
        button = targets.at(x, y) if targets else None
        return TapTarget(button.value, targets.since) if targets and button else None

    def tap(self, name: str) -> bool:
        """Do what the button of this name is for."""
        return bool(self._do[Button(name)]())

    def _seen(self) -> bool:
        self._dismiss()
        return True
