"""What a process takes, as /proc tells it, and accidents that may befall it."""

import os
import resource
import signal
from pathlib import Path


def family(pid: int) -> list[int]:
    """The process, and those that it has started."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return [pid, *(int(each) for task in tasks for each in (task / "children").read_text().split())]


def processor(pid: int) -> float:
    """Seconds that it has had of a processor."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident(pid: int) -> int:
    """Bytes of memory."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def sockets() -> list[str]:
    """Those that this process has open, each as often as it is."""
    descriptors = Path("/proc/self/fd").iterdir()
    links = [str(each.readlink()) for each in descriptors if each.is_symlink()]
    return sorted(link for link in links if link.startswith("socket:"))


def kill(pid: int) -> None:
    """End it at once."""
    os.kill(pid, signal.SIGKILL)


def stop(pid: int) -> None:
    """Let it hang."""
    os.kill(pid, signal.SIGSTOP)


def take_its_memory(pid: int) -> None:
    """Leave it what it has, and no more: nor what malloc has only reserved (RLIMIT_DATA)."""
    for limit in (resource.RLIMIT_AS, resource.RLIMIT_DATA):
        resource.prlimit(pid, limit, (1 << 20, 1 << 20))
