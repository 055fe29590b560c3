"""What the daemon takes of the machine (proc(5))."""

import asyncio
import ctypes
import logging
import os
import resource
import signal
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

log = logging.getLogger(__name__)

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


def survive_spinning_threads() -> None:
    """Schedule all threads of this process like those of others (sched(7), SCHED_OTHER) whenever
    one with real-time priority has not slept for as long as the soft limit of RLIMIT_RTTIME says.

    PortAudio's does not where a sound card is pulled out (PortAudio 1037), until its stream is
    closed. SIGXCPU tells of it, and SIGKILL, at the hard limit, would end the calls. See
    getrlimit(2). To be called in the event loop.
    """
    limits = resource.getrlimit(resource.RLIMIT_RTTIME)
    asyncio.get_running_loop().add_signal_handler(signal.SIGXCPU, _calm_down, limits)


def _calm_down(limits: tuple[int, int]) -> None:
    log.warning("A thread that plays sound does not come to rest: it has no priority any more.")
    for task in Path("/proc/self/task").iterdir():
        with suppress(ProcessLookupError):
            os.sched_setscheduler(int(task.name), os.SCHED_OTHER, os.sched_param(0))
    resource.setrlimit(resource.RLIMIT_RTTIME, limits)  # the kernel has raised the soft one


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
