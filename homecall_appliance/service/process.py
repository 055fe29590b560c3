"""What the daemon takes of the machine (proc(5))."""

import asyncio
import ctypes
import os
import resource
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

SWITCH_INTERVAL = 0.0005
"""Seconds that a thread with something to do waits for Python's lock, a tenth of the usual: each
call into a library gives it up, and a block of sound makes several."""

TIDY_INTERVAL = 30.0
"""Seconds between two returns of free memory to the system."""

_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL = 47, 4  # include/uapi/linux/prctl.h


def allow_open_files(wanted: int) -> int:
    """Raise the soft limit of open files to `wanted`, or as far as it goes; return what is allowed.

    See RLIMIT_NOFILE in getrlimit(2).
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < allowed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    return allowed


def take_turns_quickly() -> None:
    """Let a thread that has sound to play wait less for the others: see sys.setswitchinterval()."""
    sys.setswitchinterval(SWITCH_INTERVAL)


def keep_capabilities() -> None:
    """Let no process that this one starts have its capabilities: those that systemd has given it
    (AmbientCapabilities=) would be theirs, too. See capabilities(7)."""
    ctypes.CDLL(None).prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)


def give_back_memory() -> None:
    """Return what is free to the system: after a flood the C library would keep most of it.

    Takes some milliseconds. See malloc_trim(3), which is glibc's.
    """
    ctypes.CDLL(None).malloc_trim(0)


async def keep_memory_small() -> NoReturn:
    """Give free memory back again and again, until cancelled."""
    while True:
        await asyncio.sleep(TIDY_INTERVAL)
        await asyncio.to_thread(give_back_memory)


@dataclass(frozen=True)
class Usage:
    """What a process takes of the machine at one moment."""

    threads: int
    """Those that Python knows of."""

    file_descriptors: int
    rss_bytes: int


def usage() -> Usage:
    """Return what this process takes."""
    proc = Path("/proc/self")
    pages = int((proc / "statm").read_text().split()[1])
    return Usage(
        threads=threading.active_count(),
        file_descriptors=len(os.listdir(proc / "fd")),  # noqa: PTH208 - names only
        rss_bytes=pages * resource.getpagesize(),
    )
