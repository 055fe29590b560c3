"""What is tapped on the screen, done to the calls."""

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from homecall_appliance.app.touch import TouchControl
from homecall_appliance.config.model import Keys
from homecall_appliance.display.framebuffer import Framebuffer
from homecall_appliance.display.pixels import Channel, Mode, turned
from homecall_appliance.display.screen import Screen
from homecall_appliance.display.situation import Touch as TouchButtons
from homecall_appliance.display.targets import Target, Targets
from homecall_appliance.display.view import Button, RingingView
from homecall_appliance.keys.listener import KeyListener
from homecall_appliance.keys.ports import TapTarget
from homecall_appliance.keys.taps import Taps
from homecall_appliance.keys.touches import Phase, Touch
from tests.keys.key_world import SURFACE, House, Machine, until

CALL = {"hangup", "mute", "camera", "open"}


class Wall:
    """A screen whose buttons are one beside the other."""

    def __init__(self) -> None:
        self.targets: Targets | None = None

    def show(self, *buttons: Button, since: float, rotation: int = 0) -> None:
        targets = [
            Target(each, (100 * at, 0, 100 * at + 90, 100)) for at, each in enumerate(buttons)
        ]
        self.targets = Targets((1000, 100), rotation, tuple(targets), since)


def control_of(wall: Wall, house: Any, seen: list[str] | None = None) -> TouchControl:
    return TouchControl(wall, house, lambda: (seen if seen is not None else []).append("seen"))


@pytest.mark.parametrize(
    ("button", "possible"),
    [
        (Button.ANSWER, {"answer"}),
        (Button.DECLINE, {"decline"}),
        (Button.HANG_UP, CALL),
        (Button.MUTE, CALL),
        (Button.CAMERA, CALL),
        (Button.OPEN_DOOR, CALL),
    ],
)
def test_a_tap_does_what_the_key_of_that_action_does(button: Button, possible: set[str]) -> None:
    house = House()
    control = control_of(Wall(), house)
    assert not control.tap(button)
    house.possible = set(possible)
    assert control.tap(button)
    assert house.done == [button.value]


def test_who_was_missed_is_dismissed() -> None:
    seen: list[str] = []
    assert control_of(Wall(), House(), seen).tap(Button.DISMISS)
    assert seen == ["seen"]


def test_what_is_at_a_place_is_what_the_screen_has_drawn_there() -> None:
    wall = Wall()
    control = control_of(wall, House())
    assert control.at(0.05, 0.5) is None
    wall.show(Button.ANSWER, Button.DECLINE, since=5.0)
    assert [control.at(0.05, 0.5), control.at(0.15, 0.5), control.at(0.5, 0.5)] == [
        TapTarget("answer", 5.0),
        TapTarget("decline", 5.0),
        None,
    ]
    wall.show(Button.ANSWER, Button.DECLINE, since=6.0, rotation=180)
    assert control.at(0.95, 0.5) == TapTarget("answer", 6.0)


def test_who_taps_as_the_caller_hangs_up_opens_no_door() -> None:
    """The next visitor is already there, and Open is where Answer was."""
    wall, house = Wall(), House({"answer", "open"})
    control = control_of(wall, house)
    taps = Taps(control.at)

    def tap(at: float) -> None:
        for phase in (Phase.DOWN, Phase.UP):
            if target := taps.accept(Touch(phase, 0.05, 0.5, at)):
                control.tap(target.name)

    wall.show(Button.ANSWER, since=0.0)
    taps.accept(Touch(Phase.DOWN, 0.05, 0.5, 10.0))
    wall.show(Button.OPEN_DOOR, since=10.05)
    assert taps.accept(Touch(Phase.UP, 0.05, 0.5, 10.1)) is None
    tap(10.2)
    tap(10.9)
    assert house.done == []
    tap(15.0)
    assert house.done == ["open"]


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
async def test_from_the_finger_to_the_call(tmp_path: Path, rotation: int) -> None:
    """All parts but the kernel's: the device tells hundredths of its axes."""
    mode = Mode(480, 320, 32, 1920, 0, Channel(16, 8), Channel(8, 8), Channel(0, 8))
    (tmp_path / "fb0").write_bytes(bytes(mode.size))
    rings = RingingView(40, 45, buttons=TouchButtons(opens_door=True).while_ringing)
    screen = Screen(
        lambda: Framebuffer(
            tmp_path / "fb0", "ru", rotation, tmp_path / "tty1", mode_of=lambda _: mode
        ),
        lambda: rings,
        lambda: None,
    )
    (tmp_path / "input").mkdir()
    machine, house = Machine(tmp_path / "input"), House()
    house.ring(door=True)
    machine.plug_in("event0", "Goodix", [], surface=SURFACE)
    control = TouchControl(screen, house, lambda: None)
    keys = KeyListener(
        Keys(), house, control, machine.open_device, folder=machine.folder, interval=0.01
    )
    tasks = [asyncio.create_task(screen.run()), asyncio.create_task(keys.run())]
    await until(lambda: bool(machine.opened and screen.targets and screen.targets.targets))
    assert screen.targets
    at = screen.targets.since
    for wanted in (Button.OPEN_DOOR, Button.ANSWER):
        (box,) = (each.box for each in screen.targets.targets if each.button is wanted)
        left, top, right, bottom = turned(box, screen.targets.size, rotation)
        x, y = 50 * (left + right) // 480, 50 * (top + bottom) // 320
        at += 2
        machine.opened[0].touch(x, at, y=y, down=True)
        machine.opened[0].touch(x, at + 0.1, y=y, down=False)
    await until(lambda: len(house.done) == 2)
    assert house.done == ["open", "answer"]
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
