"""Which devices are touch screens, by what the kernel tells of them."""

import pytest

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
    Traits,
    touch_axes,
    touch_surface,
)

SINGLE, MULTI = (ABS_X, ABS_Y), (ABS_MT_POSITION_X, ABS_MT_POSITION_Y)
SLOTS = (ABS_MT_SLOT, ABS_MT_TRACKING_ID)
DIRECT, POINTER, ACCELEROMETER = (1,), (0,), (6,)
BTN_RIGHT, BTN_JOYSTICK, BTN_TOOL_PEN, BTN_TOOL_FINGER, ENTER = 0x111, 0x120, 0x140, 0x145, 28

DEVICES = {
    "a screen of many fingers": (Traits([BTN_TOUCH], SINGLE + SLOTS + MULTI, (), DIRECT), MULTI),
    "one without a button": (Traits([], SLOTS + MULTI, (), DIRECT), MULTI),
    "a screen of one finger": (Traits([BTN_TOUCH], SINGLE, (), DIRECT), SINGLE),
    "one of an older driver": (Traits([BTN_TOUCH], SINGLE), SINGLE),
    "protocol A": (Traits([BTN_TOUCH], MULTI, (), DIRECT), MULTI),
    "protocol A and one finger": (Traits([BTN_TOUCH], SINGLE + MULTI, (), DIRECT), SINGLE),
    "a tablet with a screen": (Traits([BTN_TOUCH, BTN_TOOL_PEN], SINGLE, (), DIRECT), SINGLE),
    "virtio-tablet": (Traits([BTN_LEFT, BTN_RIGHT], SINGLE, (8,)), SINGLE),
    "virtio-multitouch": (Traits([BTN_TOUCH], SLOTS + MULTI, (), DIRECT), MULTI),
    "a mouse": (Traits([BTN_LEFT, BTN_RIGHT], (), (0, 1, 8)), None),
    "a mouse with absolute axes": (Traits([BTN_LEFT], SINGLE, (0, 1)), None),
    "a touchpad": (
        Traits([BTN_LEFT, BTN_TOUCH, BTN_TOOL_FINGER], SINGLE + SLOTS + MULTI, (), POINTER),
        None,
    ),
    "a touchpad of an older driver": (Traits([BTN_TOUCH, BTN_TOOL_FINGER], SINGLE), None),
    "a tablet without a screen": (Traits([BTN_TOUCH, BTN_TOOL_PEN], SINGLE), None),
    "a joystick": (Traits([BTN_JOYSTICK], SINGLE), None),
    "a sensor": (Traits([], SINGLE, (), ACCELEROMETER), None),
    "a screen that is not touched": (Traits([], SINGLE, (), DIRECT), None),
    "a keyboard": (Traits([ENTER]), None),
}


@pytest.mark.parametrize("name", DEVICES)
def test_what_is_a_touch_screen(name: str) -> None:
    traits, axes = DEVICES[name]
    assert touch_axes(traits) == axes


def test_what_of_it_is_touched() -> None:
    ranges = dict.fromkeys((*SINGLE, *MULTI, *SLOTS), (0, 799))
    single = Axis(ABS_X, 0, 799), Axis(ABS_Y, 0, 799)
    multi = Axis(ABS_MT_POSITION_X, 0, 799), Axis(ABS_MT_POSITION_Y, 0, 799)
    many, tablet = DEVICES["a screen of many fingers"][0], DEVICES["virtio-tablet"][0]
    assert touch_surface(many, ranges) == TouchSurface(*multi)
    assert touch_surface(tablet, ranges) == TouchSurface(*single, frozenset({BTN_LEFT}))
    direct = Traits([BTN_TOUCH, BTN_LEFT], SINGLE, (), DIRECT)
    assert touch_surface(direct, ranges) == TouchSurface(*single, frozenset({BTN_TOUCH}))
    del ranges[ABS_MT_SLOT]
    first = DEVICES["protocol A"][0]
    assert touch_surface(first, ranges) == TouchSurface(*multi, frozenset({BTN_TOUCH}))


@pytest.mark.parametrize("size", [(0, 0), (5, 5), (9, 3)])
def test_an_axis_without_a_range_cannot_be_touched(size: tuple[int, int]) -> None:
    traits = Traits([BTN_TOUCH], SINGLE, (), DIRECT)
    assert touch_surface(traits, {ABS_X: (0, 99), ABS_Y: size}) is None
    assert touch_surface(traits, {ABS_X: size, ABS_Y: (0, 99)}) is None


@pytest.mark.parametrize(
    ("value", "share"), [(-100, 0.0), (-50, 0.0), (0, 0.5), (50, 1.0), (2**31 - 1, 1.0)]
)
def test_where_on_an_axis(value: int, share: float) -> None:
    assert Axis(ABS_X, -50, 50).share(value) == share
