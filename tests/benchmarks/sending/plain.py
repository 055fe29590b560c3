"""Plain aiortc, as most Python programs use it: frames, which each call encodes for itself."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.benchmarks.sending.child import MODULES
from tests.benchmarks.sending.fed import Served
from tests.benchmarks.sending.front import Front
from tests.benchmarks.sending.program import Program
from tests.benchmarks.sending.sender import Kind, Place


@asynccontextmanager
async def running(place: Place) -> AsyncIterator[Served]:
    """Run the program of frames.py, which needs no feeder."""
    command = [sys.executable, "-m", "tests.benchmarks.sending.frames", str(place.bitrate)]
    async with (
        Program.running(command, place.directory / "frames.log", MODULES) as peer,
        Front.serving(place, peer) as front,
    ):
        yield Served(peer, front, {})


PLAIN = Kind("aiortc", {}, running, paints=True)
