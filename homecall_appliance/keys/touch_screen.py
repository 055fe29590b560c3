"""Which input devices are touched where something is seen, and where on their axes. PURE."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

ABS_X, ABS_Y = 0x00, 0x01
ABS_MT_SLOT, ABS_MT_POSITION_X, ABS_MT_POSITION_Y, ABS_MT_TRACKING_ID = 0x2F, 0x35, 0x36, 0x39
BTN_LEFT, BTN_TOUCH = 0x110, 0x14A
_REL_X, _REL_Y = 0x00, 0x01
_BTN_TOOL_PEN, _BTN_TOOL_FINGER = 0x140, 0x145
_STICKS = frozenset(range(0x120, 0x140))
"""Buttons of joysticks and gamepads: BTN_JOYSTICK to BTN_THUMBR. All of these codes are of
linux/input-event-codes.h."""

_POINTER, _DIRECT, _ACCELEROMETER = 0x00, 0x01, 0x06
"""INPUT_PROP_POINTER, INPUT_PROP_DIRECT and INPUT_PROP_ACCELEROMETER."""


@dataclass(frozen=True)
class Traits:
    """What the kernel tells of an input device; the numbers are those of
    linux/input-event-codes.h."""

    keys: Collection[int] = ()
    axes: Collection[int] = ()
    """The absolute ones (EV_ABS)."""
    motions: Collection[int] = ()
    """The relative axes (EV_REL)."""
    properties: Collection[int] = ()


@dataclass(frozen=True)
class Axis:
    """An absolute axis (struct input_absinfo)."""

    code: int
    minimum: int
    maximum: int

    def share(self, value: int) -> float:
        """Return how far a value is from the minimum, from 0 to 1; devices send some that are
        beyond."""
        return min(1.0, max(0.0, (value - self.minimum) / (self.maximum - self.minimum)))


@dataclass(frozen=True)
class TouchSurface:
    """What of an input device is touched."""

    x: Axis
    y: Axis

    buttons: frozenset[int] = frozenset()
    """The codes of which one is down while it is touched; empty: each slot has a tracking id then
    (Documentation/input/multi-touch-protocol.rst, protocol B)."""


def touch_axes(traits: Traits) -> tuple[int, int] | None:
    """Return the codes of the axes of a touch screen; None: it is none.

    A direct touch device is one (INPUT_PROP_DIRECT), and so is what has absolute axes and a button:
    older drivers of touch screens, and the pointers of virtual machines. A touchpad is none, nor is
    a tablet without a screen, a mouse, a joystick or a sensor.
    """
    keys, axes = frozenset(traits.keys), frozenset(traits.axes)
    slots = axes >= {ABS_MT_SLOT, ABS_MT_TRACKING_ID}
    single = keys & {BTN_TOUCH, BTN_LEFT}
    if keys & _STICKS or _ACCELEROMETER in traits.properties:
        return None
    if _DIRECT not in traits.properties and (
        _POINTER in traits.properties
        or keys & {_BTN_TOOL_PEN, _BTN_TOOL_FINGER}
        or {_REL_X, _REL_Y} & set(traits.motions)
    ):
        return None
    if axes >= {ABS_MT_POSITION_X, ABS_MT_POSITION_Y} and slots:
        return ABS_MT_POSITION_X, ABS_MT_POSITION_Y
    if axes >= {ABS_X, ABS_Y} and single:
        return ABS_X, ABS_Y
    if axes >= {ABS_MT_POSITION_X, ABS_MT_POSITION_Y} and single:
        return ABS_MT_POSITION_X, ABS_MT_POSITION_Y
    return None


def touch_surface(traits: Traits, ranges: Mapping[int, tuple[int, int]]) -> TouchSurface | None:
    """Return what is touched of a device, whose absolute axes have these ranges (EVIOCGABS); None:
    it is no touch screen, or one of its axes has no range."""
    codes = touch_axes(traits)
    if codes is None:
        return None
    x, y = (Axis(code, *ranges[code]) for code in codes)
    if x.maximum <= x.minimum or y.maximum <= y.minimum:
        return None
    if codes == (ABS_MT_POSITION_X, ABS_MT_POSITION_Y) and ABS_MT_SLOT in ranges:
        return TouchSurface(x, y)
    buttons = {BTN_TOUCH} if _DIRECT in traits.properties else {BTN_TOUCH, BTN_LEFT}
    return TouchSurface(x, y, frozenset(buttons & frozenset(traits.keys)))
