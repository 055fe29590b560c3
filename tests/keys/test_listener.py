"""Devices come and go, fail and flood, and the keys of the others go on."""

import asyncio
import errno
import os
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from homecall_appliance.config.model import Keys
from homecall_appliance.keys import finder, rights
from homecall_appliance.keys.flood import MOST_EVENTS, FloodGuard
from homecall_appliance.keys.listener import KeyListener
from homecall_appliance.keys.ports import (
    EventsLost,
    InputDevice,
    KeyEvent,
    NoInputLibraryError,
    OpenDevice,
    TapTarget,
)
from tests.keys.key_world import (
    ENTER,
    ESC,
    PHONE,
    POWER,
    SURFACE,
    A,
    Buttons,
    FakeDevice,
    House,
    Machine,
    until,
)

ONE_BUTTON = Keys(answer=("KEY_A",), hangup=("KEY_A",), open=("KEY_A",))


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@asynccontextmanager
async def listening(
    machine: Machine,
    house: House,
    settings: Keys | None = None,
    open_device: OpenDevice | None = None,
    buttons: Buttons | None = None,
) -> AsyncIterator[asyncio.Task[None]]:
    listener = KeyListener(
        settings or Keys(),
        house,
        buttons or Buttons(),
        open_device or machine.open_device,
        folder=machine.folder,
        interval=0.01,
    )
    task: asyncio.Task[None] = asyncio.create_task(listener.run())
    try:
        yield task
        assert not task.done()
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        assert all(device.closed for device in machine.opened)


def is_open(machine: Machine, *nodes: str) -> bool:
    return [Path(each.path).name for each in machine.opened if not each.closed] == [*nodes]


def press(device: FakeDevice, code: int) -> None:
    now = time.monotonic()
    device.put(KeyEvent(code, 1, now), KeyEvent(code, 0, now))


async def test_a_key_that_is_plugged_in_later_and_again(machine: Machine) -> None:
    house = House()
    async with listening(machine, house):
        house.ring()
        machine.plug_in("event3", "Speakerphone", [PHONE])
        await until(lambda: is_open(machine, "event3"))
        press(machine.opened[-1], PHONE)
        await until(lambda: house.done == ["answer"])
        machine.pull_out("event3")
        await until(lambda: is_open(machine))
        machine.plug_in("event3", "Speakerphone", [PHONE])
        await until(lambda: is_open(machine, "event3"))
        machine.plug_in("event4", "Keyboard", [ENTER, ESC, A])
        await until(lambda: is_open(machine, "event3", "event4"))
        press(machine.opened[-1], ESC)
        await until(lambda: house.done == ["answer", "hangup"])


def tap(device: FakeDevice, x: int, at: float) -> None:
    device.touch(x, at, down=True)
    device.touch(x, at + 0.1, down=False)


async def test_taps_of_a_touch_screen_that_is_pulled_out_in_the_middle_of_one(
    machine: Machine,
) -> None:
    now = time.monotonic()
    buttons = Buttons([(0.0, 0.5, TapTarget("answer", now)), (0.5, 1.0, TapTarget("open", now))])
    machine.plug_in("event0", "Goodix", [], surface=SURFACE)
    async with listening(machine, House(), buttons=buttons):
        await until(lambda: is_open(machine, "event0"))
        tap(machine.opened[0], 20, now + 1)
        await until(lambda: buttons.tapped == ["answer"])
        machine.opened[0].touch(70, now + 3, down=True)
        machine.pull_out("event0")
        await until(lambda: is_open(machine))
        machine.plug_in("event0", "Goodix", [], surface=SURFACE)
        await until(lambda: is_open(machine, "event0"))
        machine.opened[1].touch(70, now + 4, down=False)
        tap(machine.opened[1], 20, now + 5)
        await until(lambda: len(buttons.tapped) == 2)
        assert buttons.tapped == ["answer", "answer"]


async def test_a_touch_during_which_events_are_lost_is_none(machine: Machine) -> None:
    now = time.monotonic()
    buttons = Buttons([(0.0, 1.0, TapTarget("open", now))])
    machine.plug_in("event0", "Goodix", [], surface=SURFACE)
    async with listening(machine, House(), buttons=buttons):
        await until(lambda: is_open(machine, "event0"))
        device = machine.opened[0]
        device.touch(50, now + 1, down=True)
        device.put(EventsLost())
        device.touch(50, now + 2, down=False)
        tap(device, 50, now + 4)
        await until(lambda: bool(buttons.tapped))
        assert buttons.tapped == ["open"]


async def test_whether_there_is_a_touch_screen(machine: Machine) -> None:
    machine.plug_in("event0", "Keyboard", [ENTER])
    listener = KeyListener(
        Keys(), House(), Buttons(), machine.open_device, folder=machine.folder, interval=0.01
    )
    task = asyncio.create_task(listener.run())
    await until(lambda: is_open(machine, "event0"))
    assert not listener.has_touch_screen
    machine.plug_in("event1", "Goodix", [], surface=SURFACE)
    await until(lambda: listener.has_touch_screen)
    machine.pull_out("event1")
    await until(lambda: not listener.has_touch_screen)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


@pytest.mark.parametrize(("keys", "opens"), [((), False), (("KEY_A", "BTN_TOUCH"), True)])
def test_whether_a_touch_may_open_the_door(
    machine: Machine, keys: tuple[str, ...], opens: bool
) -> None:
    listener = KeyListener(Keys(open=keys), House(), Buttons(), machine.open_device)
    assert listener.touch_opens is opens


async def test_pulled_out_and_plugged_in_between_two_looks(machine: Machine) -> None:
    """The device file has the same name, and is another one."""
    machine.plug_in("event3", "Keyboard", [ENTER])
    async with listening(machine, House()):
        await until(lambda: is_open(machine, "event3"))
        machine.pull_out("event3")
        machine.plug_in("event3", "Keyboard", [ENTER])
        await until(lambda: len(machine.opened) == 2 and is_open(machine, "event3"))


async def test_only_what_has_one_of_the_keys_stays_open(machine: Machine) -> None:
    machine.plug_in("event0", "Power Button", [POWER])
    machine.plug_in("event1", "Touchpad", [0x14A, 0x145])
    machine.plug_in("event2", "Keyboard", [ENTER, A])
    (machine.folder / "mouse0").touch()
    async with listening(machine, House()):
        await until(lambda: len(machine.opened) == 3)
        await asyncio.sleep(0.05)
        assert is_open(machine, "event2")
        assert machine.tried == ["event0", "event1", "event2"], "each is opened once"


@pytest.mark.parametrize(
    ("device", "nodes"),
    [
        ("auto", ["event0", "event1", "event2"]),
        ("front door", ["event1"]),
        ("{folder}/by-id/button", ["event1"]),
        ("{folder}/event0", ["event0"]),
        ("{folder}/by-id/nothing", []),
        ("event0", []),
        ("Goodix", ["event2"]),
    ],
)
async def test_which_device(machine: Machine, device: str, nodes: list[str]) -> None:
    (machine.folder / "by-id").mkdir()
    (machine.folder / "by-id" / "button").symlink_to("../event1")
    machine.plug_in("event0", "Keyboard", [ENTER])
    machine.plug_in("event1", "Front Door Button", [ENTER])
    machine.plug_in("event2", "Goodix", [], surface=SURFACE)
    settings = Keys(device=device.format(folder=machine.folder))
    async with listening(machine, House(), settings):
        await until(lambda: len(machine.opened) == 3)
        await until(lambda: is_open(machine, *nodes))


async def test_it_is_opened_at_the_second_look_that_finds_it(machine: Machine) -> None:
    """Before that, udev may not have given it to its group."""
    machine.plug_in("event0", "Keyboard", [ENTER])
    machine.plug_in("event1", "Keypad", [ENTER])
    looks = 0
    opened: dict[str, int] = {}

    class Folder:
        def glob(self, pattern: str) -> list[Path]:
            nonlocal looks
            looks += 1
            return [machine.folder / "event0", *[machine.folder / "event1"] * (looks > 4)]

    def open_device(path: str) -> FakeDevice:
        opened[Path(path).name] = looks
        return machine.open_device(path)

    folder: Any = Folder()
    listener = KeyListener(Keys(), House(), Buttons(), open_device, folder=folder, interval=0.001)
    task = asyncio.create_task(listener.run())
    await until(lambda: is_open(machine, "event0", "event1"))
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    assert opened == {"event0": 2, "event1": 6}


async def test_the_same_device_is_not_opened_twice(machine: Machine) -> None:
    """Udev touches the files of devices that it looks at anew."""
    machine.plug_in("event0", "Keyboard", [ENTER])
    async with listening(machine, House()):
        await until(lambda: is_open(machine, "event0"))
        for _ in range(3):
            os.utime(machine.folder / "event0")
            await asyncio.sleep(0.03)
        assert machine.tried == ["event0"]


async def test_no_right_is_told_once_with_what_to_do(
    machine: Machine, caplog: pytest.LogCaptureFixture
) -> None:
    machine.plug_in("event0", "Keyboard", [ENTER], error=errno.EACCES)
    machine.plug_in("event1", "Keyboard", [ENTER], error=errno.EACCES)
    house = House()
    async with listening(machine, house):
        await until(lambda: machine.tried == ["event0", "event1"])
        await asyncio.sleep(0.05)
        assert len(machine.tried) == 2, "they are not tried again"
        (record,) = caplog.records
        assert record.levelname == "WARNING"
        assert "belong to the group input. Type: sudo usermod -aG input " in record.message
        # udev gives it to the group.
        machine.plug_in("event0", "Keyboard", [ENTER])
        (machine.folder / "event0").chmod(0o660)
        await until(lambda: is_open(machine, "event0"))


def test_what_is_told_where_the_unit_forbids() -> None:
    error = PermissionError(errno.EPERM, os.strerror(errno.EPERM))
    assert "DeviceAllow=char-input r" in rights.advice(error, "/dev/input/event0")


@pytest.mark.parametrize("error", [errno.ENODEV, errno.ENXIO, errno.EIO, errno.EMFILE])
async def test_one_that_cannot_be_opened_harms_no_other(
    machine: Machine, caplog: pytest.LogCaptureFixture, error: int
) -> None:
    machine.plug_in("event0", "Broken", [ENTER], error=error)
    machine.plug_in("event1", "Keyboard", [ENTER])
    house = House({"answer"})
    async with listening(machine, house):
        await until(lambda: is_open(machine, "event1"))
        press(machine.opened[-1], ENTER)
        await until(lambda: house.done == ["answer"])
        warnings = [each.message for each in caplog.records if each.levelname == "WARNING"]
        told = [f"fails ({os.strerror(error)})" in each for each in warnings]
        failed = error in (errno.EIO, errno.EMFILE)
        assert told == ([True] if failed else [])
        machine.mend("event0", "Broken", [ENTER])
        if not failed:
            await until(lambda: is_open(machine, "event1", "event0"))


async def test_one_that_floods_is_left_alone(
    machine: Machine, caplog: pytest.LogCaptureFixture
) -> None:
    machine.plug_in("event0", "Broken", [ENTER])
    machine.plug_in("event1", "Keyboard", [ENTER])
    house = House({"answer"})
    async with listening(machine, house):
        await until(lambda: is_open(machine, "event0", "event1"))
        machine.opened[0].floods = True
        press(machine.opened[0], ENTER)
        await until(lambda: is_open(machine, "event1"))
        press(machine.opened[1], ENTER)
        await until(lambda: house.done == ["answer"])
        assert machine.tried == ["event0", "event1"]
        assert f"more than {MOST_EVENTS} events in a second" in caplog.text


async def test_one_that_was_left_alone_is_tried_again(machine: Machine) -> None:
    now = 100.0
    found: list[InputDevice] = []
    machine.plug_in("event0", "Keyboard", [ENTER], error=errno.EIO)
    following = finder.Finder(
        machine.open_device,
        lambda _: True,
        lambda: None,
        on_found=found.append,
        on_problem=print,
        folder=machine.folder,
        interval=0.01,
        now=lambda: now,
    )
    task = asyncio.create_task(following.follow())
    await until(lambda: machine.tried == ["event0"])
    machine.plug_in("event0", "Keyboard", [ENTER])
    now += finder.RETRY - 1
    await asyncio.sleep(0.05)
    now += 2
    await until(lambda: len(found) == 1)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    assert machine.opened[0].closed


async def test_without_the_library_it_is_told_once(
    machine: Machine, caplog: pytest.LogCaptureFixture
) -> None:
    def open_device(path: str) -> FakeDevice:
        machine.tried.append(path)
        raise NoInputLibraryError("Install it.")

    machine.plug_in("event0", "Keyboard", [ENTER])
    machine.plug_in("event1", "Keyboard", [ENTER])
    async with listening(machine, House(), open_device=open_device):
        await until(lambda: len(machine.tried) == 2)
        await asyncio.sleep(0.03)
        assert [each.message for each in caplog.records] == ["Install it."]


async def test_no_folder_of_input_devices(machine: Machine) -> None:
    machine.folder.rmdir()
    async with listening(machine, House()):
        await asyncio.sleep(0.03)
        machine.folder.mkdir()
        machine.plug_in("event0", "Keyboard", [ENTER])
        await until(lambda: is_open(machine, "event0"))


async def test_a_button_that_is_held(machine: Machine) -> None:
    machine.plug_in("event0", "Button", [A])
    house = House({"answer", "open"})
    async with listening(machine, house, ONE_BUTTON):
        await until(lambda: is_open(machine, "event0"))
        machine.opened[0].key(A, 1, time.monotonic())
        await until(lambda: house.done == ["open"])


async def test_a_button_whose_release_waits_is_not_held(machine: Machine) -> None:
    """The loop may have been held up for seconds: what has happened meanwhile is read first."""
    machine.plug_in("event0", "Button", [A])
    house = House({"answer", "open"})
    async with listening(machine, house, ONE_BUTTON):
        await until(lambda: is_open(machine, "event0"))
        began = time.monotonic() - 10
        others = [KeyEvent(ESC, 2, began)] * 63
        down, up = KeyEvent(A, 1, began), KeyEvent(A, 0, began + 0.1)
        machine.opened[0].put(*others, down, *others, up)
        await until(lambda: house.done == ["answer"])


async def test_a_button_that_is_pulled_out_while_it_is_held(machine: Machine) -> None:
    machine.plug_in("event0", "Button", [A])
    machine.plug_in("event1", "Keyboard", [A])
    house = House({"answer", "open"})
    async with listening(machine, house, ONE_BUTTON):
        await until(lambda: is_open(machine, "event0", "event1"))
        began = time.monotonic() - 0.8
        machine.opened[0].key(A, 1, began)
        await asyncio.sleep(0.02)
        machine.pull_out("event0")
        await until(lambda: is_open(machine, "event1"))
        await asyncio.sleep(max(0, began + 1.05 - time.monotonic()))
        press(machine.opened[1], A)
        await until(lambda: house.done == ["answer"])


async def test_one_that_is_being_opened_at_the_end_is_let_go(machine: Machine) -> None:
    opening, go_on = threading.Event(), threading.Event()

    def open_device(path: str) -> FakeDevice:
        opening.set()
        go_on.wait(10)
        return machine.open_device(path)

    machine.plug_in("event0", "Keyboard", [ENTER])
    async with listening(machine, House(), open_device=open_device) as task:
        await until(opening.is_set)
        asyncio.get_running_loop().call_later(0.02, go_on.set)
        assert not task.done()
    assert [device.closed for device in machine.opened] == [True]


async def test_a_fault_of_the_house_is_not_hidden(machine: Machine) -> None:
    class Faulty(House):
        def answer(self) -> bool:
            raise ZeroDivisionError

    machine.plug_in("event0", "Keyboard", [ENTER])
    listener = KeyListener(
        Keys(), Faulty(), Buttons(), machine.open_device, folder=machine.folder, interval=0.01
    )
    task = asyncio.create_task(listener.run())
    await until(lambda: is_open(machine, "event0"))
    press(machine.opened[0], ENTER)
    with pytest.raises(ExceptionGroup) as raised:
        await task
    assert raised.group_contains(ZeroDivisionError)
    assert machine.opened[0].closed


def test_what_a_person_types_and_a_mouse_sends_is_no_flood() -> None:
    guard = FloodGuard()
    assert not any(guard.exceeded(64, 5 + tick / 50) for tick in range(500))
    assert [guard.exceeded(MOST_EVENTS, 50.0), guard.exceeded(1, 50.5)] == [False, True]
    assert not guard.exceeded(1, 51.0)
