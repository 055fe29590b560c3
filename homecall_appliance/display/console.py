"""The text console that shares a screen with us: its cursor and messages are kept away."""

import fcntl
import os
import struct
from contextlib import suppress
from pathlib import Path

_KDSETMODE, _KD_TEXT, _KD_GRAPHICS = 0x4B3A, 0, 1  # include/uapi/linux/kd.h
_VT_SETMODE, _VT_RELDISP = 0x5602, 0x5605  # include/uapi/linux/vt.h
_VT_AUTO, _VT_PROCESS = (struct.pack("=bbhhh", mode, 0, 0, 0, 0) for mode in (0, 1))

_QUIET = b"\x1b[?25l\x1b[9;0]\x1b[14;0]\x1b[2J"
"""No cursor, never blank, never switched off, empty (console_codes(4))."""

_LOUD = b"\x1b[?25h\x1b[H\x1b[2J"


class Console:
    """One of the kernel's consoles; where we may not have it, it stays as it is."""

    def __init__(self, path: Path, active: Path = Path("/sys/class/tty/tty0/active")) -> None:
        self._name = path.name
        self._active = active
        self._descriptor: int | None = None
        with suppress(OSError):
            self._descriptor = os.open(path, os.O_WRONLY | os.O_NOCTTY | os.O_CLOEXEC)
            _tell(self._descriptor, _QUIET, _KD_GRAPHICS, _VT_PROCESS)

    def is_away(self) -> bool:
        """Whether somebody has switched to another console, which has the screen (Ctrl+Alt+F2).

        Whoever wants to, is let go by this.
        """
        if self._descriptor is None:
            return False
        # A console in graphics mode is left when its process allows it, and never without one.
        # Where nobody wants to leave, this is an error.
        with suppress(OSError):
            fcntl.ioctl(self._descriptor, _VT_RELDISP, 1)
        try:
            return self._active.read_text("ascii").strip() not in ("", self._name)
        except OSError:
            return False

    def close(self) -> None:
        """Give the screen back to it."""
        if self._descriptor is not None:
            _tell(self._descriptor, _LOUD, _KD_TEXT, _VT_AUTO)
            os.close(self._descriptor)
            self._descriptor = None


def _tell(descriptor: int, words: bytes, mode: int, switching: bytes) -> None:
    with suppress(OSError):
        os.write(descriptor, words)
    # Needs CAP_SYS_TTY_CONFIG; without it messages of the kernel may be written over the code.
    with suppress(OSError):
        fcntl.ioctl(descriptor, _VT_SETMODE, switching)
        fcntl.ioctl(descriptor, _KDSETMODE, mode)
