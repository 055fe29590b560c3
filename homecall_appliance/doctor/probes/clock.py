"""Whether the network's time keeps the clock right (adjtimex(2))."""

import ctypes

_SYNCHRONISED = range(5)  # TIME_OK to TIME_WAIT; TIME_ERROR is 5, and -1 a refusal
_TIME_ERROR = 5


class _Timex(ctypes.Structure):
    """struct timex, of which nothing is read: what it asks for is to change nothing."""

    _fields_ = (("modes", ctypes.c_uint), ("rest", ctypes.c_byte * 508))


def is_set() -> bool | None:
    """Return what the kernel says; None: it does not."""
    try:
        state = ctypes.CDLL(None).adjtimex(ctypes.byref(_Timex()))
    except (OSError, AttributeError):
        return None
    if state in _SYNCHRONISED:
        return True
    return False if state == _TIME_ERROR else None
