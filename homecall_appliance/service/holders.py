"""Which processes have a file, a device or a socket open (proc(5))."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path


def holders(target: str, proc: Path = Path("/proc")) -> list[int]:
    """The processes that have `target` open: `/dev/video0`, or `socket:[1234]`.

    Those of other users are seen by root alone.
    """
    return sorted(
        int(process.name) for process in proc.glob("[0-9]*") if target in _targets(process / "fd")
    )


def described(pid: int, proc: Path = Path("/proc")) -> str:
    """A process as people know it: `nginx (process 812)`."""
    try:
        name = (proc / str(pid) / "comm").read_text().strip()
    except OSError:
        return f"process {pid}"
    return f"{name} (process {pid})"


def _targets(descriptors: Path) -> Iterator[str]:
    try:
        links = list(descriptors.iterdir())
    except OSError:  # it has ended, or is not ours to see
        return
    for each in links:
        with suppress(OSError):
            yield str(each.readlink())
