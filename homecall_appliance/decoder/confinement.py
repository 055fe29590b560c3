"""What a process gives up before it reads a stranger's bytes.

Each measure holds by itself, and where the kernel lacks one the others do.
"""

import ctypes
import os
import resource
import signal
from contextlib import suppress
from pathlib import Path

from homecall_appliance.decoder import landlock, seccomp

HEADROOM = 96 << 20
"""Bytes of address space beyond what the process has when it is confined. The largest picture that
is decoded (media.video.headers) takes 3.1 MB with its chroma: this is room for the references, for
those that wait to be put into order, and for what is scaled."""

SYSTEM_CALLS = (
    # To talk to the daemon by what is open.
    *("read", "write", "recv", "recvfrom", "send", "sendto", "close"),
    # Memory.
    *("brk", "mmap", "mmap2", "munmap", "mremap", "mprotect", "madvise"),
    # What the C library and Python need in order to run at all.
    *("futex", "futex_time64", "restart_syscall", "rt_sigreturn", "sigreturn", "rt_sigprocmask"),
    *("sigaltstack", "sched_yield", "sched_getaffinity", "getrandom", "getpid", "gettid"),
    *("clock_gettime", "clock_gettime64", "gettimeofday", "exit", "exit_group"),
)
"""All that works afterwards."""

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS = 1, 4, 38
_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL = 47, 4
_CAPABILITY_VERSION = 0x20080522  # _LINUX_CAPABILITY_VERSION_3

_FIRST_TO_GO = "1000"
"""Of the processes that the kernel may end when it has no memory left (proc_pid_oom_score_adj(5)):
the picture can be missed, and the daemon cannot."""


def confine() -> tuple[str, ...]:
    """Give up files, network, other processes, privileges and most memory; return what could not
    be given up, in words. What is open stays open, but for standard error, which is closed: what
    a stranger makes a library say gets into no journal.

    The process is ended with the one that has started it.
    """
    libc = ctypes.CDLL(None)
    filter_system_calls = seccomp.only(SYSTEM_CALLS)
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(_FIRST_TO_GO, "ascii")
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
    most = pages * resource.getpagesize() + HEADROOM
    os.close(2)
    for limit, value in (
        (resource.RLIMIT_AS, most),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NPROC, 0),
    ):
        resource.setrlimit(limit, (value, value))
    left = [
        name
        for name, done in (
            # What follows counts for this thread alone.
            ("one thread", len([*Path("/proc/self/task").iterdir()]) == 1),
            ("no_new_privs", libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0),
            ("capabilities", _drop_capabilities(libc)),
            ("Landlock", landlock.forbid_all()),
        )
        if not done
    ]
    resource.setrlimit(resource.RLIMIT_NOFILE, (2, 2))  # Landlock was the last that needed a third
    if not filter_system_calls():
        left.append("seccomp")
    return tuple(left)


def lacking() -> tuple[str, ...]:
    """Return what this machine cannot confine a process with."""
    found = (("Landlock", landlock.version() > 0), ("seccomp", seccomp.available()))
    return tuple(name for name, there in found if not there)


def _drop_capabilities(libc: ctypes.CDLL) -> bool:
    """Drop every capability of this thread (capabilities(7)); return whether none is left. Where
    the system forbids it, there may have been none: see `service.process.keep_capabilities`."""
    libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0)
    libc.capset(ctypes.byref(header), ctypes.byref((ctypes.c_uint32 * 6)()))
    status = Path("/proc/self/status").read_text("ascii")
    return all(
        int(line.split()[1], 16) == 0
        for line in status.splitlines()
        if line.startswith(("CapPrm:", "CapEff:", "CapAmb:"))
    )
