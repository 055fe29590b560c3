"""The appliances that are measured: checkouts of the repository, or commits of it."""

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.support.network import REPOSITORY

PACKAGE = "homecall_appliance"


@contextmanager
def checkouts(names: Sequence[str]) -> Iterator[dict[str, Path]]:
    """The folder of each: a name is that of a folder with a checkout, or whatever git-rev-parse(1)
    takes for a commit of this repository, which is checked out anew until left.

    Raises ValueError with what a name is not.
    """
    with ExitStack() as stack:
        yield {name: stack.enter_context(_checkout(name)) for name in names}


@contextmanager
def _checkout(name: str) -> Iterator[Path]:
    folder = Path(name)
    if (folder / PACKAGE).is_dir():
        yield folder.resolve()
        return
    if _git("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}").returncode:
        raise ValueError(f"{name} is neither a folder with {PACKAGE} in it nor a commit.")
    with TemporaryDirectory(prefix="homecall-checkout-") as parent:
        path = Path(parent) / "checkout"
        _git("worktree", "add", "--detach", str(path), name).check_returncode()
        try:
            yield path
        finally:
            _git("worktree", "remove", "--force", str(path)).check_returncode()


def _git(*words: str) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(["git", "-C", REPOSITORY, *words], check=False, capture_output=True)
