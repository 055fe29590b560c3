"""Read-only roots, one upon the other, from which machines boot."""

import fcntl
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp

from tests.support.rigs.cached import cached, locked

HERE = Path(__file__).parent
SCRATCH = "machine-"

Layers = tuple[Path, ...]
"""The topmost first."""


def debian(packages: Sequence[str]) -> AbstractContextManager[Path]:
    """A Debian 13 with these packages: built the first time, see rigs/debian13/cached.sh.

    Nobody throws it away meanwhile. Raises AssertionError with what the rig needs.
    """
    return cached(HERE / "build.sh", *packages)


@contextmanager
def scratch(root: Path) -> Iterator[Path]:
    """An empty directory beside a root, on a disk as it is: the temporary files may be memory."""
    directory = Path(mkdtemp(prefix=SCRATCH, dir=root.parent))
    try:
        with locked(directory, fcntl.LOCK_EX):
            yield directory
    finally:
        rmtree(directory)
