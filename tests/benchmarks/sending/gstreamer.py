"""GStreamer: Debian's webrtcbin, in the small program of webrtcbin.py."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.benchmarks.sending.fed import Served, fed
from tests.benchmarks.sending.feed import Ports
from tests.benchmarks.sending.program import Program
from tests.benchmarks.sending.sender import Kind, Place

PYTHON = "/usr/bin/python3"
"""Debian's, which has Debian's bindings."""


@asynccontextmanager
async def running(place: Place) -> AsyncIterator[Served]:
    """Run the program."""
    program = Path(__file__).with_name("webrtcbin.py")
    ports = Ports.free()
    numbers = map(str, (ports.video, ports.audio, ports.control))
    command = [PYTHON, str(program), place.host, *numbers]
    async with (
        Program.running(command, place.directory / "webrtcbin.log") as peer,
        fed(place, ports, peer) as sender,
    ):
        yield sender


_PLUGINS = "usr/lib/*/gstreamer-1.0"

GSTREAMER = Kind(
    "GStreamer",
    {
        "python3-gi": "usr/lib/python3/dist-packages/gi/__init__.py",
        "gir1.2-gst-plugins-bad-1.0": "usr/lib/*/girepository-1.0/GstWebRTC-1.0.typelib",
        "gstreamer1.0-plugins-base": f"{_PLUGINS}/libgstapp.so",
        "gstreamer1.0-plugins-good": f"{_PLUGINS}/libgstrtpmanager.so",
        "gstreamer1.0-plugins-bad": f"{_PLUGINS}/libgstwebrtc.so",
        "gstreamer1.0-nice": f"{_PLUGINS}/libgstnice.so",
    },
    running,
)
