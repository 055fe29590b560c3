"""What tests that were killed have left behind.

Their machines have ended with them (see `Machine.boot`): it is folders and empty control groups.
"""

import fcntl
import os
import re
from contextlib import suppress
from pathlib import Path
from shutil import rmtree

from tests.support.machine.cgroup import ControlGroup
from tests.support.machine.layers import SCRATCH
from tests.support.rigs.cached import locked


def sweep(cache: Path) -> None:
    """Remove control groups without processes whose maker is gone, and disks that nobody uses."""
    for group in ControlGroup.all():
        if _is_orphaned(group.path.name):
            group.remove()
    for directory in cache.glob(f"{SCRATCH}*"):
        with suppress(BlockingIOError), locked(directory, fcntl.LOCK_EX | fcntl.LOCK_NB):
            rmtree(directory)


def _is_orphaned(name: str) -> bool:
    found = re.fullmatch(r"homecall-(\d+)-\d+", name)
    if not found:
        return False
    try:
        os.kill(int(found[1]), 0)
    except ProcessLookupError:
        return True
    return False
