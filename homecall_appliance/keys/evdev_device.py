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
import time
from collections.abc import Iterable, Sequence
from typing import Any

from homecall_appliance.keys.ports import EventsLost, InputEvent, KeyEvent, NoInputLibraryError

_EVIOCSCLOCKID = 0x400445A0
"""_IOW('E', 0xa0, int) of linux/input.h: the clock that events are stamped by, for this reader."""

_EV_KEY = 1
_SYN_REPORT, _SYN_DROPPED = (0, 0), (0, 3)
"""Types and codes of linux/input-event-codes.h."""

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
        self.codes = frozenset[int](device.capabilities(absinfo=False).get(_EV_KEY, ()))

    def fileno(self) -> int:
        """Return the descriptor."""
        return self._device.fd  # type: ignore[no-any-return]

    def read(self) -> tuple[Sequence[InputEvent], int]:
        """Return the next events of keys, and how many events were read."""
        try:
            events = list(self._device.read())
        except BlockingIOError:
            return (), 0
        if not events:  # the kernel has never nothing where it has something to be read
            raise OSError(errno.ENODEV, os.strerror(errno.ENODEV))
        return list(self._of_keys(events)), len(events)

    def close(self) -> None:
        """Let it go."""
        self._device.close()

    def _of_keys(self, events: Iterable[Any]) -> Iterable[InputEvent]:
        """Those of keys. What comes after SYN_DROPPED, until the next SYN_REPORT, is to be ignored
        (Documentation/input/event-codes.rst of the kernel)."""
        for event in events:
            kind = event.type, event.code
            if kind == _SYN_DROPPED:
                self._skipping = True
                yield EventsLost()
            elif kind == _SYN_REPORT:
                self._skipping = False
            elif event.type == _EV_KEY and not self._skipping:
                yield KeyEvent(event.code, event.value, event.timestamp())
