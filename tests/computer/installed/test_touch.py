"""What points at the screen: the kernel has a touch at the place where the screen was touched."""

import json

import pytest

from tests.support.rigs.qemu.computer import ABSOLUTE, Computer

pytestmark = [pytest.mark.long, pytest.mark.rig, pytest.mark.timeout(900)]

SECONDS = 60.0
"""Generous, for Python to start."""

PROGRAM, OUTPUT = "/run/touches.py", "/run/touches.json"

WATCH = """
import evdev, json
from evdev.ecodes import ABS_X, ABS_Y, BTN_LEFT, EV_KEY
devices = map(evdev.InputDevice, evdev.list_devices())
[tablet] = [each for each in devices if each.name == "QEMU Virtio Tablet"]
def tell(*what):
    print(json.dumps(what), flush=True)
tell(*(tablet.absinfo(axis).max for axis in (ABS_X, ABS_Y)))
for event in tablet.read_loop():
    if event.type == EV_KEY and event.code == BTN_LEFT:
        tell(event.value, *(tablet.absinfo(axis).value for axis in (ABS_X, ABS_Y)))
"""


def test_a_touch_is_where_the_screen_was_touched(computer: Computer) -> None:
    def told() -> list[list[int]]:
        lines = computer.run("sh", "-c", f"cat {OUTPUT}").splitlines()
        return [json.loads(line) for line in lines]

    computer.put(PROGRAM, WATCH)
    computer.run("touch", OUTPUT)
    watching = computer.start(f"exec python3 {PROGRAM} >{OUTPUT}")
    try:
        computer.wait_for(told, SECONDS, "the tablet")
        places = [(0.0, 0.0), (0.25, 0.75), (1.0, 1.0)]
        for number, place in enumerate(places, 1):
            computer.touch(*place)
            computer.wait_for(lambda: len(told()) > 2 * number, SECONDS, "a touch")  # noqa: B023
    finally:
        computer.run("kill", "-KILL", watching)
    most, *touches = told()
    assert most == [ABSOLUTE, ABSOLUTE]
    assert touches == [
        [down, round(x * ABSOLUTE), round(y * ABSOLUTE)] for x, y in places for down in (1, 0)
    ]
