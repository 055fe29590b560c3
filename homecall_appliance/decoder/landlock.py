"""No files, no TCP, no signals to others, by Landlock (landlock(7)); by hand, as neither Debian 13
nor the standard library has a binding."""

import ctypes
import os
from typing import NamedTuple

_CREATE_RULESET, _RESTRICT_SELF = 444, 446
"""System call numbers, the same on every architecture (Linux's syscall.tbl)."""

_VERSION = 1  # LANDLOCK_CREATE_RULESET_VERSION


class _Rules(NamedTuple):
    """struct landlock_ruleset_attr (include/uapi/linux/landlock.h): what is forbidden, as bits."""

    files: int
    network: int
    scopes: int


_KNOWN = {
    1: _Rules(0x1FFF, 0, 0),
    2: _Rules(0x3FFF, 0, 0),
    3: _Rules(0x7FFF, 0, 0),
    4: _Rules(0x7FFF, 0b11, 0),
    5: _Rules(0xFFFF, 0b11, 0),
    6: _Rules(0xFFFF, 0b11, 0b11),
}
"""All that each version of the kernel's interface can forbid; later ones have these, too."""


def version() -> int:
    """Return the version of the kernel's interface; 0: it has none, or may not be asked."""
    found: int = _libc().syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _VERSION)
    return max(0, found)


def forbid_all() -> bool:
    """Forbid this thread every access that can be forbidden, for ever; return whether it was done.

    What is open stays open. no_new_privs has to be set (prctl(2)).
    """
    found = min(version(), max(_KNOWN))
    if not found:
        return False
    rules = (ctypes.c_uint64 * 3)(*_KNOWN[found])
    size = 8 if found < 4 else 16 if found < 6 else 24  # older kernels know the first ones alone
    ruleset = _libc().syscall(_CREATE_RULESET, ctypes.byref(rules), ctypes.c_size_t(size), 0)
    if ruleset < 0:
        return False
    try:
        return bool(_libc().syscall(_RESTRICT_SELF, ruleset, 0) == 0)
    finally:
        os.close(ruleset)


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None)
