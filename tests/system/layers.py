"""Read-only roots, one upon the other, from which machines boot."""

import fcntl
import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp

HERE = Path(__file__).parent
CACHED = HERE.parent / "rigs" / "debian13" / "cached.sh"

SCRATCH = "machine-"

Layers = tuple[Path, ...]
"""The topmost first."""


@contextmanager
def debian(packages: Sequence[str]) -> Iterator[Path]:
    """A Debian 13 with these packages: built the first time, see rigs/debian13/cached.sh.

    Nobody throws it away meanwhile. Raises AssertionError with what the rig needs.
    """
    command = [str(CACHED), str(HERE / "build.sh"), *packages, "--", "printenv", "ROOT"]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 0, "The Debian 13 root cannot be built; the reason stands above."
    root = Path(done.stdout.strip())
    with locked(root, fcntl.LOCK_SH):
        yield root


@contextmanager
def scratch(root: Path) -> Iterator[Path]:
    """An empty directory beside a root, on a disk as it is: the temporary files may be memory."""
    directory = Path(mkdtemp(prefix=SCRATCH, dir=root.parent))
    try:
        with locked(directory, fcntl.LOCK_EX):
            yield directory
    finally:
        rmtree(directory)


@contextmanager
def locked(directory: Path, operation: int) -> Iterator[None]:
    """Hold a lock of flock(2) on a directory."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, operation)
        yield
    finally:
        os.close(descriptor)
