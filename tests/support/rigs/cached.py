"""What is built once and kept: see debian13/cached.sh."""

import fcntl
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CACHED = Path(__file__).parent / "debian13" / "cached.sh"


@contextmanager
def cached(build: Path, *arguments: str) -> Iterator[Path]:
    """The directory that a script has built, now or before; nobody throws it away meanwhile.

    Raises AssertionError with what the script needs.
    """
    command = [str(CACHED), str(build), *arguments, "--", "printenv", "ROOT"]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 0, f"{build} has not worked; the reason stands above."
    root = Path(done.stdout.strip())
    with locked(root, fcntl.LOCK_SH):
        yield root


@contextmanager
def locked(directory: Path, operation: int) -> Iterator[None]:
    """Hold a lock of flock(2) on a directory."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, operation)
        yield
    finally:
        os.close(descriptor)
