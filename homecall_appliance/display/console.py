"""The text console that shares a screen with us: its cursor and messages are kept away."""

import fcntl
import os
import struct
from contextlib import suppress
from pathlib import Path

from homecall_appliance.display import visibility
from homecall_appliance.display.sysfs import SYSFS, value

_KDSETMODE, _KDGETMODE, _KD_TEXT, _KD_GRAPHICS = 0x4B3A, 0x4B3B, 0, 1  # include/uapi/linux/kd.h
_VT_GETMODE, _VT_SETMODE, _VT_RELDISP = 0x5601, 0x5602, 0x5605  # include/uapi/linux/vt.h
_VT_AUTO, _VT_PROCESS = (struct.pack("=bbhhh", mode, 0, 0, 0, 0) for mode in (0, 1))

_AWAKE = b"\x1b[9;0]\x1b[14;0]\x1b[13]"
"""Never blank, never switched off, and not blank now (console_codes(4))."""

_QUIET = b"\x1b[?25l" + _AWAKE + b"\x1b[2J"
"""No cursor, awake, empty."""

_LOUD = b"\x1b[?25h\x1b[H\x1b[2J"

_DUMMY = "dummy device"
"""What the kernel calls its console that is shown nowhere (drivers/video/console/dummycon.c)."""


class Console:
    """One of the kernel's consoles; where we may not have it, it stays as it is."""

    def __init__(self, path: Path, sysfs: Path = SYSFS) -> None:
        self._name = path.name
        self._sysfs = sysfs
        self._descriptor: int | None = None
        with suppress(OSError):
            self._descriptor = os.open(path, os.O_WRONLY | os.O_NOCTTY | os.O_CLOEXEC)
            _tell(self._descriptor, _QUIET, _KD_GRAPHICS, _VT_PROCESS)

    def hidden(self) -> str:
        """Return why it is not seen: somebody has switched to another console, which has the
        screen (Ctrl+Alt+F2). Empty: it is, as far as the kernel tells.

        Whoever wants to switch, is let go by this.
        """
        if self._descriptor is None:
            return ""
        # A console in graphics mode is left when its process allows it, and never without one.
        # Where nobody wants to leave, this is an error.
        with suppress(OSError):
            fcntl.ioctl(self._descriptor, _VT_RELDISP, 1)
        return behind_another(self._name, self._sysfs)

    def close(self) -> None:
        """Give the screen back to it."""
        if self._descriptor is not None:
            _tell(self._descriptor, _LOUD, _KD_TEXT, _VT_AUTO)
            os.close(self._descriptor)
            self._descriptor = None


def behind_another(name: str, sysfs: Path = SYSFS) -> str:
    """Return a sentence where another console than this one, such as `tty1`, is shown; else ""."""
    shown = value(sysfs / "class" / "tty" / "tty0" / "active")
    if shown in ("", name):
        return ""
    return visibility.behind_console(name, shown, graphic=_is_graphic())


def shown_nowhere(name: str, sysfs: Path = SYSFS) -> str:
    """Return a sentence where the kernel has no screen for its consoles; else ""."""
    bound = [
        value(each.with_name("name"))
        for each in sorted((sysfs / "class" / "vtconsole").glob("vtcon*/bind"))
        if value(each) == "1"
    ]
    if bound and all(each.endswith(_DUMMY) for each in bound):
        return visibility.without_console(name)
    return ""


def is_console(terminal: int) -> bool:
    """Whether an open terminal is one of the kernel's consoles."""
    return _mode(terminal) is not None


def take_for_text(console: int) -> None:
    """Have an open console of the kernel show text, and never blank, as it may after ten minutes.

    One that a `Console` has left in graphics mode, as its process was killed, is told by its
    switching: a desktop asks for signals (vt_mode in include/uapi/linux/vt.h), and keeps it.
    """
    with suppress(OSError):
        if fcntl.ioctl(console, _VT_GETMODE, bytes(len(_VT_PROCESS))) == _VT_PROCESS:
            _tell(console, _LOUD, _KD_TEXT, _VT_AUTO)
        os.write(console, _AWAKE)


def _is_graphic() -> bool:
    """Whether the console that is shown is a program's that draws on it itself."""
    try:
        shown = os.open("/dev/tty0", os.O_WRONLY | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        return _mode(shown) == _KD_GRAPHICS
    finally:
        os.close(shown)


def _mode(terminal: int) -> int | None:
    try:
        mode = fcntl.ioctl(terminal, _KDGETMODE, bytes(4))
    except OSError:
        return None
    return struct.unpack("i", mode)[0]  # type: ignore[no-any-return]


def _tell(descriptor: int, words: bytes, mode: int, switching: bytes) -> None:
    with suppress(OSError):
        os.write(descriptor, words)
    # Needs CAP_SYS_TTY_CONFIG; without it messages of the kernel may be written over the code.
    with suppress(OSError):
        fcntl.ioctl(descriptor, _VT_SETMODE, switching)
        fcntl.ioctl(descriptor, _KDSETMODE, mode)
