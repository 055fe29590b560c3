"""Pion: Debian's Go library, in the small program of pion.go."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.benchmarks.sending.fed import Served, fed
from tests.benchmarks.sending.feed import Ports
from tests.benchmarks.sending.program import Program
from tests.benchmarks.sending.sender import Kind, Place

SOURCE = Path(__file__).with_name("pion.go")


@asynccontextmanager
async def running(place: Place) -> AsyncIterator[Served]:
    """Build the program, which takes a second once its libraries are built, and run it."""
    program = place.directory / "pion"
    offline = {"GO111MODULE": "off", "GOPATH": "/usr/share/gocode"}
    build = ["go", "build", "-o", str(program), str(SOURCE)]
    building = await asyncio.create_subprocess_exec(*build, env={**os.environ, **offline})
    assert await building.wait() == 0, "Go cannot build the program."
    ports = Ports.free()
    numbers = map(str, (ports.video, ports.audio, ports.control))
    command = [str(program), place.host, *numbers]
    async with (
        Program.running(command, place.directory / "pion.log") as peer,
        fed(place, ports, peer) as sender,
    ):
        yield sender


PION = Kind(
    "Pion",
    {
        "golang-go": "usr/bin/go",
        "golang-github-pion-webrtc.v3-dev": "usr/share/gocode/src/github.com/pion/webrtc/api.go",
    },
    running,
)
