"""The font of the kernel's own console (include/uapi/linux/kd.h)."""

import ctypes
import fcntl

_GIO_UNIMAP = 0x4B66
_MOST = 0xFFFF


class _Pair(ctypes.Structure):
    """struct unipair"""

    _fields_ = [("unicode", ctypes.c_ushort), ("position", ctypes.c_ushort)]


class _Map(ctypes.Structure):
    """struct unimapdesc"""

    _fields_ = [("count", ctypes.c_ushort), ("pairs", ctypes.POINTER(_Pair))]


def lacks(terminal: int, characters: str) -> bool:
    """Whether an open terminal is a console whose font has not all of these characters."""
    pairs = (_Pair * _MOST)()
    found = _Map(_MOST, pairs)
    try:
        fcntl.ioctl(terminal, _GIO_UNIMAP, found)
    except OSError:  # any other terminal, which does not tell
        return False
    return not {pair.unicode for pair in pairs[: found.count]}.issuperset(map(ord, characters))
