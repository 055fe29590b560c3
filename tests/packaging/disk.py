"""A Debian 13 on a disk, not booted, with everything that the package depends on."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.machine.layers import debian, scratch
from tests.support.machine.package import dependencies
from tests.support.rigs.packages import print_run

ENTER = str(Path(__file__).with_name("enter.sh"))


class Disk:
    """What is done to it stays, until it is thrown away."""

    def __init__(self, root: Path, directory: Path) -> None:
        self._root = root
        self._directory = directory
        self.shared = directory / "shared"
        """A directory that the commands see as /srv."""

        self.shared.mkdir()

    def run(self, *command: str) -> str:
        """What a command prints there; AssertionError with it where it fails."""
        place = str(self._directory)
        bind = ("--bind", f"{self.shared}:/srv")
        return print_run(
            "unshare", "--mount", "--net", ENTER, str(self._root), place, *bind, *command
        )

    def python(self, program: str) -> str:
        """What a program prints under Debian's own Python."""
        return self.run("python3", "-c", program)

    def files(self) -> dict[str, str]:
        """Every file and directory: its path, and its kind, mode, owner and sum."""
        listing = self.run(
            "sh",
            "-c",
            "find / -xdev -printf '%p\\t%y %m %u:%g %l\\n'; "
            "find / -xdev -type f -print0 | xargs -0 md5sum | sed -E 's/^(\\S+)  (.*)$/\\2\\t\\1/'",
        )
        files: dict[str, str] = {}
        for line in listing.splitlines():
            path, _, what = line.rpartition("\t")
            files[path] = f"{files.get(path, '')} {what}".strip()
        return files


@contextmanager
def debian_disk(package: Path) -> Iterator[Disk]:
    """A disk on which the package has never been, and that has no archive to install from."""
    with debian(dependencies(package)) as root, scratch(root) as directory:
        disk = Disk(root, directory)
        disk.run("sh", "-c", "rm -rf /etc/apt/sources.list /etc/apt/sources.list.d/*")
        disk.run("apt-get", "update")
        yield disk
