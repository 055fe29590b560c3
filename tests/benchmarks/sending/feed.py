"""The feeder, as the benchmark starts it: see feeder.py."""

import socket
import sys
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import astuple, dataclass

from tests.benchmarks.sending.child import MODULES, child
from tests.benchmarks.sending.sender import Place

LOOPBACK = "127.0.0.1"

H264, OPUS = 102, 111
"""The payload types."""

FMTP = {"level-asymmetry-allowed": 1, "packetization-mode": 1, "profile-level-id": "42e01f"}
"""Of the picture (RFC 6184, section 8.1)."""


@dataclass(frozen=True)
class Ports:
    """UDP ports of the loopback."""

    video: int
    audio: int
    """Where the sender listens."""

    control: int
    """Where the feeder listens for PLI."""

    rtcp: int = 0
    """Where the sender, one that has it, learns of `control`."""

    @classmethod
    def free(cls, *, rtcp: bool = False) -> "Ports":
        """Some that nobody uses at this moment."""
        with ExitStack() as stack:
            sockets = [
                stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
                for _ in range(4 if rtcp else 3)
            ]
            for each in sockets:
                each.bind((LOOPBACK, 0))
            return cls(*(each.getsockname()[1] for each in sockets))


@asynccontextmanager
async def feeding(place: Place, ports: Ports) -> AsyncIterator[int]:
    """Feed a sender until left; yields the process."""
    names = ("video", "audio", "control", "rtcp")
    options = [f"--{name}={port}" for name, port in zip(names, astuple(ports), strict=True)]
    module = ["-m", "tests.benchmarks.sending.feeder", f"--bitrate={place.bitrate}", *options]
    log = place.directory / "feeder.log"
    async with child([sys.executable, *module], log, MODULES) as process:
        yield process.pid
