"""A filter of system calls (seccomp(2)), by libseccomp, which knows the numbers of every
architecture. Its own binding is in Debian, but not on PyPI, and pyseccomp the other way round."""

import ctypes
from collections.abc import Callable, Iterable

_LIBRARY = "libseccomp.so.2"

_ALLOW, _ERRNO, _EPERM = 0x7FFF0000, 0x00050000, 1  # SCMP_ACT_ALLOW, SCMP_ACT_ERRNO


def available() -> bool:
    """Whether the library is there, and the kernel lets us set a filter."""
    library = _library()
    return library is not None and library.seccomp_api_get() > 0


def only(names: Iterable[str]) -> Callable[[], bool]:
    """Return what has all system calls but these fail with EPERM in this thread, for ever, and
    returns whether that was done. Names that the architecture does not have are left out.

    What is returned opens no file, and may be called where none can be opened any more.
    """
    library = _library()
    if library is None:
        return lambda: False
    rules = library.seccomp_init(_ERRNO | _EPERM)
    for name in names:
        number = library.seccomp_syscall_resolve_name(name.encode())
        if number >= 0:
            library.seccomp_rule_add_array(rules, _ALLOW, number, 0, None)
    return lambda: bool(library.seccomp_load(rules) == 0)


def _library() -> ctypes.CDLL | None:
    try:
        library = ctypes.CDLL(_LIBRARY)
    except OSError:
        return None
    library.seccomp_init.restype = ctypes.c_void_p
    library.seccomp_init.argtypes = [ctypes.c_uint32]
    library.seccomp_load.argtypes = [ctypes.c_void_p]
    library.seccomp_rule_add_array.argtypes = [
        ctypes.c_void_p,
        ctypes.c_uint32,
        ctypes.c_int,
        ctypes.c_uint,
        ctypes.c_void_p,
    ]
    return library
