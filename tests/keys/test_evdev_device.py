"""The adapter with the real python-evdev, over bytes as the kernel would deliver them.

A pipe stands for what is read of the device. Opening one, its name and its keys are ioctls that
only a kernel with an input device answers: those are for an emulated computer.
"""

import asyncio
import errno
import fcntl
import os
import platform
import struct
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any, BinaryIO

import pytest

from homecall_appliance.config.key_codes import CODES, key_name
from homecall_appliance.keys.evdev_device import NO_LIBRARY, EvdevDevice, open_device
from homecall_appliance.keys.ports import (
    AxisEvent,
    EventsLost,
    KeyEvent,
    NoInputLibraryError,
    Report,
)
from homecall_appliance.keys.touch_screen import BTN_TOUCH, Axis, TouchSurface
from tests.keys.key_world import ENTER, PHONE

with_evdev = pytest.mark.skipif(
    platform.machine() != "x86_64" and find_spec("evdev") is None,
    reason="on this machine evdev has to be compiled, and is not there",
)

EV_SYN, EV_KEY, EV_REL, EV_MSC = 0, 1, 2, 4
SYN_REPORT, SYN_DROPPED = 0, 3


def event(kind: int, code: int, value: int, at: float = 0.0) -> bytes:
    """A struct input_event of linux/input.h, on a machine whose `long` has the time's size."""
    return struct.pack("@llHHi", int(at), round(at % 1 * 1e6), kind, code, value)


@dataclass
class Wire:
    """A device of the real library that reads what is written to the other end."""

    device: EvdevDevice
    writing: BinaryIO

    def write(self, *events: bytes) -> None:
        self.writing.write(b"".join(events))


@pytest.fixture
def wire() -> Iterator[Wire]:
    import evdev  # noqa: PLC0415

    reading, writing = os.pipe2(os.O_NONBLOCK)
    found: Any = evdev.InputDevice.__new__(evdev.InputDevice)
    found.fd, found.path, found.name = reading, "/dev/input/event7", "Button"
    found._rawcapabilities = {EV_KEY: [PHONE, ENTER], 3: [(0, (0, 0, 255, 0, 0, 0))]}
    device = EvdevDevice(found)
    with open(writing, "wb", buffering=0) as end:  # noqa: PTH123 - a descriptor
        yield Wire(device, end)


@with_evdev
async def test_what_it_is(wire: Wire) -> None:
    device = wire.device
    assert (device.path, device.name) == ("/dev/input/event7", "Button")
    assert device.codes == {PHONE, ENTER}
    device.close()
    assert device.fileno() == -1
    device.close()


@with_evdev
async def test_keys_are_read_and_nothing_else(wire: Wire) -> None:
    assert wire.device.read() == ((), 0)
    wire.write(
        event(EV_MSC, 4, 0x70028, 12.25),
        event(EV_KEY, ENTER, 1, 12.25),
        event(EV_SYN, SYN_REPORT, 0, 12.25),
        event(EV_REL, 0, 5, 12.5),
        event(EV_KEY, ENTER, 2, 12.5),
        event(EV_KEY, ENTER, 0, 12.75),
    )
    assert wire.device.read() == (
        [KeyEvent(ENTER, 1, 12.25), KeyEvent(ENTER, 2, 12.5), KeyEvent(ENTER, 0, 12.75)],
        6,
    )
    assert wire.device.read() == ((), 0)
    wire.device.close()


@with_evdev
async def test_a_read_has_64_events_at_most(wire: Wire) -> None:
    wire.write(*[event(EV_KEY, ENTER, each % 2) for each in range(100)])
    assert [wire.device.read()[1] for _ in range(3)] == [64, 36, 0]
    wire.device.close()


@with_evdev
async def test_what_the_kernel_has_dropped_is_told(wire: Wire) -> None:
    """The rest until SYN_REPORT is of an unknown state, and may come with the next read."""
    wire.write(
        event(EV_KEY, ENTER, 1),
        event(EV_SYN, SYN_DROPPED, 0),
        event(EV_KEY, PHONE, 1),
    )
    assert wire.device.read()[0] == [KeyEvent(ENTER, 1, 0.0), EventsLost()]
    wire.write(event(EV_KEY, PHONE, 0), event(EV_SYN, SYN_REPORT, 0), event(EV_KEY, ENTER, 1, 1.0))
    assert wire.device.read()[0] == [KeyEvent(ENTER, 1, 1.0)]
    wire.device.close()


TOUCH_SCREEN: dict[int, list[Any]] = {
    EV_KEY: [BTN_TOUCH],
    3: [(0, (40, 0, 100, 0, 0, 0)), (1, (60, 0, 100, 0, 0, 0))],
}
FINGERS: dict[int, list[Any]] = {
    3: [(code, (1, 0, 9, 0, 0, 0)) for code in (0x2F, 0x35, 0x36, 0x39)]
}


def touch_screen(
    monkeypatch: pytest.MonkeyPatch, capabilities: dict[int, list[Any]], *, slots: bool = True
) -> tuple[EvdevDevice, int]:
    """A touch screen of the real library; the kernel's answers are put in place of its own: to
    EVIOCGPROP, EVIOCGABS and EVIOCGMTSLOTS."""
    import evdev  # noqa: PLC0415

    def ioctl(descriptor: int, request: int, value: bytes) -> bytes:
        match request & 0xFF:
            case 0x09:
                assert request == 2 << 30 | len(value) << 16 | ord("E") << 8 | 0x09
                return bytes([2, 0, 0, 0])
            case 0x0A if slots:
                (code,) = struct.unpack("i", value[:4])
                assert request == 2 << 30 | len(value) << 16 | ord("E") << 8 | 0x0A
                return value[:4] + struct.pack("2i", code, code + 1) + value[12:]
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))

    reading, writing = os.pipe2(os.O_NONBLOCK)
    found: Any = evdev.InputDevice.__new__(evdev.InputDevice)
    found.fd, found.path, found.name = reading, "/dev/input/event7", "Goodix"
    found._rawcapabilities = capabilities
    absinfo = dict(capabilities[3])
    monkeypatch.setattr(evdev.InputDevice, "absinfo", lambda _, code: evdev.AbsInfo(*absinfo[code]))
    monkeypatch.setattr(fcntl, "ioctl", ioctl)
    return EvdevDevice(found), writing


@with_evdev
async def test_a_touch_screen_tells_where_it_is_touched(monkeypatch: pytest.MonkeyPatch) -> None:
    """First where it was touched last, for the kernel tells what changes; so it does again where
    events were lost."""
    device, writing = touch_screen(monkeypatch, TOUCH_SCREEN)
    axes = Axis(0, 0, 100), Axis(1, 0, 100)
    assert device.surface == TouchSurface(*axes, frozenset({BTN_TOUCH}))
    assert device.is_touch_screen
    os.write(writing, event(3, 0, 41) + event(EV_KEY, BTN_TOUCH, 1, 2.5) + event(0, 0, 0, 2.5))
    before = [AxisEvent(0, 40), AxisEvent(1, 60)]
    now = [AxisEvent(0, 41), KeyEvent(BTN_TOUCH, 1, 2.5), Report(2.5)]
    assert device.read() == ([*before, *now], 3)
    lost = event(0, SYN_DROPPED, 0) + event(3, 0, 42) + event(0, SYN_REPORT, 0)
    os.write(writing, lost + event(3, 0, 43) + event(0, SYN_REPORT, 0, 3.5))
    assert device.read()[0] == [EventsLost(), *before, AxisEvent(0, 43), Report(3.5)]
    device.close()
    os.close(writing)


@with_evdev
@pytest.mark.parametrize("slots", [True, False])
async def test_a_touch_screen_tells_where_each_finger_was(
    monkeypatch: pytest.MonkeyPatch, slots: bool
) -> None:
    device, writing = touch_screen(monkeypatch, FINGERS, slots=slots)
    assert device.surface == TouchSurface(Axis(0x35, 0, 9), Axis(0x36, 0, 9))
    os.write(writing, event(3, 0x39, 5) + event(0, 0, 0, 1.5))
    *before, finger, report = device.read()[0]
    assert (finger, report) == (AxisEvent(0x39, 5), Report(1.5))
    first = [(0x2F, 0), (0x35, 0x35), (0x36, 0x36), (0x2F, 1), (0x35, 0x36), (0x36, 0x37)]
    assert before[: len(first)] == [AxisEvent(*each) for each in first if slots]
    assert before[-1:] == [AxisEvent(0x2F, 1) for _ in range(slots)], "the slot of the moment"
    device.close()
    os.close(writing)


@with_evdev
async def test_one_whose_end_is_seen_is_gone(wire: Wire) -> None:
    wire.writing.close()
    with pytest.raises(OSError, match="No such device") as raised:
        wire.device.read()
    assert raised.value.errno == errno.ENODEV
    wire.device.close()


@with_evdev
async def test_the_event_loop_sees_when_there_are_events(wire: Wire) -> None:
    readable = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_reader(wire.device.fileno(), readable.set)
    wire.write(event(EV_KEY, ENTER, 1))
    async with asyncio.timeout(5):
        await readable.wait()
    loop.remove_reader(wire.device.fileno())
    await asyncio.to_thread(wire.device.close)


@with_evdev
def test_what_is_no_input_device_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "event0", Path(os.devnull)):
        path.touch()
        with pytest.raises(OSError, match="ioctl"):
            open_device(str(path))
    with pytest.raises(FileNotFoundError):
        open_device(str(tmp_path / "event1"))


def test_events_are_stamped_by_the_clock_of_the_event_loop(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """EVIOCSCLOCKID of linux/input.h with CLOCK_MONOTONIC of linux/time.h; where it is refused,
    the device is not used."""
    asked: list[tuple[int, int, bytes]] = []
    closed: list[int] = []
    refuses = False

    class InputDevice:
        def __init__(self, path: str) -> None:
            self.path, self.name, self.fd = path, "Button", 99

        def capabilities(self, *, absinfo: bool) -> dict[int, list[int]]:
            return {EV_KEY: [ENTER]}

        def close(self) -> None:
            closed.append(self.fd)

    def ioctl(descriptor: int, request: int, value: bytes) -> None:
        asked.append((descriptor, request, value))
        if refuses:
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))

    monkeypatch.setitem(sys.modules, "evdev", SimpleNamespace(InputDevice=InputDevice))
    monkeypatch.setattr(fcntl, "ioctl", ioctl)
    assert open_device("/dev/input/event0").codes == {ENTER}
    assert asked == [(99, 1 << 30 | 4 << 16 | ord("E") << 8 | 0xA0, struct.pack("i", 1))]
    refuses = True
    with pytest.raises(OSError, match="Invalid"):
        open_device("/dev/input/event0")
    assert closed == [99]


def test_without_the_library_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "evdev", None)
    with pytest.raises(NoInputLibraryError) as raised:
        open_device("/dev/input/event0")
    assert str(raised.value) == NO_LIBRARY
    assert "python3-evdev" in NO_LIBRARY


@with_evdev
def test_the_names_of_keys_are_those_of_the_library() -> None:
    """It may be of an older kernel, or of a newer one."""
    from evdev import ecodes  # noqa: PLC0415

    shared = CODES.keys() & ecodes.ecodes.keys()
    assert {name: ecodes.ecodes[name] for name in shared} == {name: CODES[name] for name in shared}
    assert len(shared) > 600


@pytest.mark.parametrize(
    ("code", "name"),
    [
        (28, "KEY_ENTER"),
        (169, "KEY_PHONE"),
        (0x110, "BTN_LEFT"),
        (0x98, "KEY_COFFEE"),
        (0x2FE, "0x2fe"),
    ],
)
def test_the_name_of_a_code(code: int, name: str) -> None:
    assert key_name(code) == name
