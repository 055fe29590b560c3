"""`homecall-appliance keys`."""

import asyncio
import errno
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from homecall_appliance.config.model import Keys
from homecall_appliance.keys.evdev_device import NO_LIBRARY
from homecall_appliance.keys.ports import KeyEvent, NoInputLibraryError
from homecall_appliance.keys.touch_screen import BTN_TOUCH
from homecall_appliance.keys.watching import (
    BEGIN,
    NO_DEVICE,
    ON_SCREEN,
    CannotWatchError,
    watch,
)
from tests.keys.key_world import ENTER, MICMUTE, PHONE, SURFACE, A, FakeDevice, Machine, until


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


async def shown(machine: Machine, settings: Keys, *presses: tuple[int, float]) -> list[str]:
    """What is said of presses of so many seconds."""
    said: list[str] = []
    watching = asyncio.create_task(
        watch(settings, machine.open_device, said.append, folder=machine.folder, interval=0.01)
    )
    await until(lambda: len(said) > 1)
    for code, seconds in presses:
        count, now = len(said), time.monotonic()
        machine.opened[0].put(KeyEvent(code, 1, now - seconds), KeyEvent(code, 0, now))
        await until(lambda count=count: len(said) > count)  # type: ignore[misc]
    watching.cancel()
    with suppress(asyncio.CancelledError):
        await watching
    assert all(device.closed for device in machine.opened)
    return said


async def test_a_press_in_words(machine: Machine) -> None:
    machine.plug_in("event3", "Keypad", [ENTER, PHONE, A, MICMUTE])
    presses = [(ENTER, 0.1), (PHONE, 1.5), (A, 0.1), (MICMUTE, 0.1)]
    assert await shown(machine, Keys(), *presses) == [
        BEGIN,
        f"{machine.folder}/event3: Keypad",
        "Keypad: KEY_ENTER, short: accepts a visitor",
        "Keypad: KEY_PHONE, long: accepts a visitor, or hangs up",
        "Keypad: KEY_A, short: nothing, for it stands in no list of [keys]",
        "Keypad: KEY_MICMUTE, short: switches the microphone",
    ]


async def test_one_button_in_words(machine: Machine) -> None:
    machine.plug_in("event0", "Button", [A])
    settings = Keys(answer=("KEY_A",), hangup=("KEY_A",), open=("KEY_A",))
    assert (await shown(machine, settings, (A, 0.1), (A, 1.5)))[2:] == [
        "Button: KEY_A, short: accepts a visitor, or hangs up, or opens the door",
        "Button: KEY_A, long: opens the door, or hangs up, or accepts a visitor",
    ]


async def test_a_device_that_is_not_chosen(machine: Machine) -> None:
    machine.plug_in("event0", "Keyboard", [ENTER])
    said = await shown(machine, Keys(device="Button"), (ENTER, 0.1))
    assert said[-1] == 'Keyboard: KEY_ENTER, short: nothing, for keys.device is "Button"'


@pytest.mark.parametrize(
    ("device", "does"),
    [("auto", ON_SCREEN), ("Button", 'nothing, for keys.device is "Button"')],
)
async def test_a_touch_in_words(machine: Machine, device: str, does: str) -> None:
    machine.plug_in("event0", "Goodix", [BTN_TOUCH], surface=SURFACE)
    said: list[str] = []
    settings = Keys(device=device)
    watching = asyncio.create_task(
        watch(settings, machine.open_device, said.append, folder=machine.folder, interval=0.01)
    )
    await until(lambda: len(said) > 1)
    machine.opened[0].touch(20, 1.0, down=True)
    machine.opened[0].touch(25, 1.1, down=False)
    await until(lambda: len(said) > 2)
    watching.cancel()
    with suppress(asyncio.CancelledError):
        await watching
    assert said[1:] == [
        f"{machine.folder}/event0: Goodix, a touch screen",
        f"Goodix: a touch, 25% from the left, 50% from the top of the panel: {does}",
    ]


async def test_no_device_yet(machine: Machine) -> None:
    assert await shown(machine, Keys()) == [BEGIN, NO_DEVICE]


async def test_a_touchpad_has_no_keys(machine: Machine) -> None:
    machine.plug_in("event0", "Touchpad", [0x14A, 0x145])
    machine.plug_in("event1", "Keyboard", [A])
    assert (await shown(machine, Keys()))[1:] == [f"{machine.folder}/event1: Keyboard"]


async def test_no_right(machine: Machine) -> None:
    machine.plug_in("event0", "Keyboard", [ENTER], error=errno.EACCES)
    with pytest.raises(CannotWatchError, match="sudo usermod -aG input "):
        await watch(Keys(), machine.open_device, print, folder=machine.folder, interval=0.01)


async def test_no_library(machine: Machine) -> None:
    def open_device(path: str) -> FakeDevice:
        raise NoInputLibraryError(NO_LIBRARY)

    machine.plug_in("event0", "Keyboard", [ENTER])
    with pytest.raises(CannotWatchError, match="python3-evdev"):
        await watch(Keys(), open_device, print, folder=machine.folder, interval=0.01)


def test_the_command_ends_by_ctrl_c_even_with_a_wrong_name(tmp_path: Path) -> None:
    """It is what shows the right one."""
    config = tmp_path / "homecall.toml"
    config.write_text('[keys]\nanswer = ["KEY_PHNOE"]\n')
    # Who runs the tests in the background of a shell has it ignored (bash(1), "SIGNALS").
    listens = ("env", "--default-signal=INT")
    program = (sys.executable, "-m", "homecall_appliance")
    command = [*listens, *program, "keys", "--config", str(config)]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"HOMECALL_CONFIG": ""},
    ) as running:
        assert running.stdout
        assert running.stdout.readline() == BEGIN + "\n"
        running.send_signal(signal.SIGINT)
        _, errors = running.communicate(timeout=20)
    assert (running.returncode, errors) == (0, "")
