"""Input devices by python-evdev: Debian 13 has 1.9, PyPI 2.0.

Of the library only what both have alike is used. Its own reading in an event loop differs between
them, and neither opens for reading only: both try for reading and writing first, and read where
that is not allowed, as in the service (DeviceAllow= in its unit). Nothing is ever written, and no
device is taken away from others (EVIOCGRAB).
"""

import errno
import fcntl
import os
import struct
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from homecall_appliance.keys.ports import (
    AxisEvent,
    EventsLost,
    InputEvent,
    KeyEvent,
    NoInputLibraryError,
    Report,
)
from homecall_appliance.keys.touch_screen import (
    ABS_MT_SLOT,
    TouchSurface,
    Traits,
    touch_surface,
)

_EVIOCSCLOCKID = 0x400445A0
"""_IOW('E', 0xa0, int) of linux/input.h: the clock that events are stamped by, for this reader."""

_EV_KEY, _EV_REL, _EV_ABS = 1, 2, 3
_SYN_REPORT, _SYN_DROPPED = (0, 0), (0, 3)
"""Types and codes of linux/input-event-codes.h."""

_MOST_SLOTS = 64
"""Of which the positions are asked for: the kernel tells of those that the device has."""

NO_LIBRARY = "Keys cannot be read without the library evdev. Install the package python3-evdev."


def open_device(path: str) -> "EvdevDevice":
    """Open an input device, and let its events have the time of time.monotonic(); see
    ports.OpenDevice."""
    try:
        import evdev  # noqa: PLC0415
    except ImportError as error:
        raise NoInputLibraryError(NO_LIBRARY) from error
    device = evdev.InputDevice(path)
    try:
        fcntl.ioctl(device.fd, _EVIOCSCLOCKID, struct.pack("i", time.CLOCK_MONOTONIC))
    except OSError:
        device.close()
        raise
    return EvdevDevice(device)


class EvdevDevice:
    """An input device that is open: see ports.InputDevice."""

    def __init__(self, device: Any) -> None:
        """`device` is an evdev.InputDevice."""
        self._device = device
        self._skipping = False
        self.path = os.fspath(device.path)
        self.name: str = device.name
        capabilities = device.capabilities(absinfo=True)
        self.codes = frozenset[int](capabilities.get(_EV_KEY, ()))
        self.surface = _surface(device, capabilities)
        self._known = list(self._positions())
        """Events that the kernel does not send, for of an axis it tells what changes."""

    @property
    def is_touch_screen(self) -> bool:
        """See ports.KeyDevice."""
        return self.surface is not None

    def fileno(self) -> int:
        """Return the descriptor."""
        return self._device.fd  # type: ignore[no-any-return]

    def read(self) -> tuple[Sequence[InputEvent], int]:
        """Return the next events, and how many were read: see ports.InputDevice."""
        try:
            events = list(self._device.read())
        except BlockingIOError:
            return (), 0
        if not events:  # the kernel has never nothing where it has something to be read
            raise OSError(errno.ENODEV, os.strerror(errno.ENODEV))
        known, self._known = self._known, []
        return [*known, *self._wanted(events)], len(events)

    def close(self) -> None:
        """Let it go."""
        self._device.close()

    def _wanted(self, events: Iterable[Any]) -> Iterable[InputEvent]:
        """Those of keys, and of a touch screen those of axes. What comes after SYN_DROPPED, until
        the next SYN_REPORT, is to be ignored, and the axes are to be asked for
        (Documentation/input/event-codes.rst of the kernel)."""
        for event in events:
            kind = event.type, event.code
            if kind == _SYN_DROPPED:
                self._skipping = True
                yield EventsLost()
            elif kind == _SYN_REPORT:
                if self._skipping:
                    self._skipping = False
                    yield from self._positions()
                elif self.surface:
                    yield Report(event.timestamp())
            elif self._skipping:
                continue
            elif event.type == _EV_KEY:
                yield KeyEvent(event.code, event.value, event.timestamp())
            elif event.type == _EV_ABS and self.surface:
                yield AxisEvent(event.code, event.value)

    def _positions(self) -> Iterable[AxisEvent]:
        """Where a touch screen was touched last, finger by finger; nothing where it does not
        tell."""
        if self.surface is None:
            return
        axes = self.surface.x.code, self.surface.y.code
        if self.surface.buttons:
            yield from (AxisEvent(code, self._device.absinfo(code).value) for code in axes)
            return
        places = [_of_slots(self._device.fd, code) for code in axes]
        for slot, (x, y) in enumerate(zip(*places, strict=False)):
            yield AxisEvent(ABS_MT_SLOT, slot)
            yield AxisEvent(axes[0], x)
            yield AxisEvent(axes[1], y)
        if any(places):
            yield AxisEvent(ABS_MT_SLOT, self._device.absinfo(ABS_MT_SLOT).value)


def _surface(device: Any, capabilities: Mapping[int, Sequence[Any]]) -> TouchSurface | None:
    axes = dict(capabilities.get(_EV_ABS, ()))
    if len(axes) < 2:
        return None
    keys, motions = capabilities.get(_EV_KEY, ()), capabilities.get(_EV_REL, ())
    traits = Traits(keys, axes, motions, _properties(device.fd))
    return touch_surface(traits, {code: (each.min, each.max) for code, each in axes.items()})


def _properties(descriptor: int) -> Sequence[int]:
    """Return those of INPUT_PROP_... that a device has (EVIOCGPROP). The library's input_props
    raises SystemError where the device is gone."""
    bitmap = fcntl.ioctl(descriptor, _read_request(0x09, 4), bytes(4))
    value = int.from_bytes(bitmap, sys.byteorder)
    return [bit for bit in range(32) if value >> bit & 1]


def _of_slots(descriptor: int, code: int) -> Sequence[int]:
    """Return what an axis is in each slot (EVIOCGMTSLOTS); nothing where that cannot be told."""
    question = struct.pack("i", code) + bytes(4 * _MOST_SLOTS)
    try:
        answer = fcntl.ioctl(descriptor, _read_request(0x0A, len(question)), question)
    except OSError:
        return ()
    return struct.unpack(f"{_MOST_SLOTS}i", answer[4:])


def _read_request(number: int, size: int) -> int:
    """Return _IOC(_IOC_READ, 'E', number, size) of linux/input.h, as asm-generic/ioctl.h has it: so
    it is on the machines that the appliance runs on."""
    return 2 << 30 | size << 16 | ord("E") << 8 | number
