"""A screen that is touched: the kernel has the touch where it was, and the house does what is drawn
there, however the screen is turned."""

import asyncio
import json
import time
from contextlib import suppress

import numpy as np
import pytest
from PIL import Image, ImageFilter

from homecall_appliance.display.theme import NIGHT, Colour
from tests.computer.installed.conftest import RINGING_HOUSE
from tests.computer.installed.service import Service
from tests.computer.installed.visits import HUNG_UP, LIVE, over, ring
from tests.computer.screens import SECONDS
from tests.support.browsers.phone import Phone
from tests.support.rigs.qemu.computer import ABSOLUTE, Computer
from tests.support.scenario import AT_END, flowing, until

Place = tuple[float, float]

pytestmark = [
    pytest.mark.long,
    pytest.mark.e2e,
    pytest.mark.rig,
    pytest.mark.timeout(900),
]

NEAR = 12
"""Of 255: how far a colour may be from the one that is looked for; the screen may have 16 bits."""

THICK = 21
"""Pixels: a disc is thicker, and neither the bar that shrinks nor a sign is."""

AIM = 1.0
"""Seconds in which a person finds a button."""

TRIES, PATIENCE = 3, 40.0
"""How often somebody touches a button, and for how many seconds he waits then."""

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


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
async def test_what_is_touched_is_done(
    computer: Computer, appliance: Service, phone: Phone, rotation: int
) -> None:
    """By the buttons as they are seen on the panel: nothing of the daemon tells where they are."""
    await appliance.configure({**RINGING_HOUSE, "display": {"rotation": rotation}})
    await appliance.says("The touches of QEMU Virtio Tablet")
    await ring(appliance, phone)
    answered = await touch_until(computer, NIGHT.accent, phone, LIVE)
    await until(appliance, flowing, SECONDS)
    hung_up = await touch_until(computer, NIGHT.danger, phone, AT_END)
    assert await over(appliance, phone) == HUNG_UP
    print(f"turned by {rotation} degrees: answered at {answered}, hung up at {hung_up}")


async def touch_until(computer: Computer, colour: Colour, phone: Phone, reached: str) -> Place:
    """Touch the disc of a colour, and again where the page does not come to this: what has just
    been drawn takes no touch, and this computer draws slowly. Returns where."""
    for _ in range(TRIES):
        place = await touch(computer, colour)
        with suppress(TimeoutError):
            await phone.wait_for(reached, within=PATIENCE)
            return place
    raise AssertionError(f"Nothing came of a touch of {colour} at {place}.")


async def touch(computer: Computer, colour: Colour) -> Place:
    """Touch the disc of a colour, once it stays where it is; returns where."""
    places: list[Place | None] = [None]

    def stays() -> bool:
        time.sleep(AIM)
        places.append(disc(computer.screen(), colour))
        return places[-1] is not None and places[-1] == places[-2]

    await asyncio.to_thread(computer.wait_for, stays, SECONDS, f"a disc of {colour}")
    place = places[-1]
    assert place
    computer.touch(*place)
    return place


def disc(screen: Image.Image, colour: Colour) -> Place | None:
    """The middle of what is thick and has a colour, in parts of the panel's width and height."""
    pixels = np.asarray(screen.convert("RGB"), int)
    height, width, _ = pixels.shape
    its = (np.abs(pixels - colour).max(axis=2) < NEAR).astype(np.uint8) * 255
    thick = np.asarray(Image.fromarray(its).filter(ImageFilter.MinFilter(THICK)))
    rows, columns = np.nonzero(thick)
    if not rows.size:
        return None
    return round(float(columns.mean()) / width, 3), round(float(rows.mean()) / height, 3)
