"""What the daemon takes of the machine (proc(5))."""

import os
import resource
import threading
from pathlib import Path


def usage(proc: Path = Path("/proc/self")) -> dict[str, int]:
    """Return threads, open file descriptors and resident bytes of this process."""
    pages = int((proc / "statm").read_text().split()[1])
    return {
        "threads": threading.active_count(),
        "fileDescriptors": len(os.listdir(proc / "fd")),  # noqa: PTH208 - names only
        "rssBytes": pages * resource.getpagesize(),
    }
