"""What the benchmark wants of a sender."""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

WIDTH, HEIGHT, FRAMERATE = 1280, 720, 30


@dataclass(frozen=True)
class Place:
    """Where a sender runs."""

    host: str
    """The address of this machine that everything is reached at."""

    certificate: Path
    private_key: Path
    """PEM files of the host, from an authority that the viewers trust."""

    directory: Path
    """For the files of one sender, which is the only one that runs."""

    bitrate: int
    """Bits per second of the picture."""


class Sender(Protocol):
    """A sender that runs."""

    @property
    def pid(self) -> int:
        """The process that sends."""

    def behind(self) -> Mapping[str, int]:
        """The other processes that it needs at this moment, by what they are."""

    async def link(self) -> str:
        """What the next viewer opens."""

    async def end(self) -> None:
        """End all calls; none is left on return."""


@dataclass(frozen=True)
class Kind:
    """One row of the table."""

    name: str

    packages: Mapping[str, str]
    """The Debian packages that it needs, each with a glob of a file of it below /."""

    running: Callable[[Place], AbstractAsyncContextManager[Sender]]
    """Starts it; stops it when left."""

    paints: bool = False
    """Whether the sending process paints the pictures itself, viewers or not: what it takes
    without a viewer is not the cost of sending."""

    def missing(self) -> list[str]:
        """The packages that are not installed."""
        return [name for name, file in self.packages.items() if not any(Path("/").glob(file))]
