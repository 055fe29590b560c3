"""What a process takes, as /proc tells it."""

import os
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
