"""A control group of one's own: its processes can be listed, and none escapes."""

import os
from contextlib import suppress
from itertools import count
from pathlib import Path

PREFIX = "homecall-"

_numbers = count(1)


class ControlGroup:
    """A control group (version 2), with those that its processes make in it."""

    def __init__(self, name: str | None = None) -> None:
        """It is not there before `make`. Raises AssertionError where the system has none."""
        self.path = _mounted() / (name or f"{PREFIX}{os.getpid()}-{next(_numbers)}")

    @classmethod
    def all(cls) -> "list[ControlGroup]":
        """Those that were made by this process or another, and not removed."""
        return [cls(path.name) for path in _mounted().glob(f"{PREFIX}*")]

    def make(self) -> None:
        """Make it, without any process in it; raises AssertionError where that is not allowed."""
        try:
            self.path.mkdir()
        except OSError as error:
            raise AssertionError(
                f"A machine of one's own needs a control group of its own, as root ({error})."
            ) from error

    def pids(self) -> list[int]:
        """Its processes."""
        return [
            int(pid)
            for file in self.path.glob("**/cgroup.procs")
            for pid in file.read_text().split()
        ]

    def kill(self) -> None:
        """Kill -9 every process in it."""
        with suppress(FileNotFoundError):
            (self.path / "cgroup.kill").write_text("1")

    def remove(self) -> bool:
        """Remove it, if there is no process in it; whether it is gone."""
        for each in sorted(self.path.glob("**/"), reverse=True):
            with suppress(OSError):
                each.rmdir()
        return not self.path.exists()


def _mounted() -> Path:
    for line in Path("/proc/self/mounts").read_text().splitlines():
        _, place, kind, *_ = line.split()
        if kind == "cgroup2":
            return Path(place)
    raise AssertionError(
        "A machine of one's own needs control groups (version 2). "
        "Type: mount -t cgroup2 cgroup2 /sys/fs/cgroup"
    )
