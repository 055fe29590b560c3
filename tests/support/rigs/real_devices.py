"""The daemon with the real picamera2 and the real PortAudio, on Debian 13 and its libraries."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.support.appliance import Appliance, Tables
from tests.support.rigs.audio.rig import AudioRig

RUN = Path(__file__).parent / "picamera2" / "run.sh"


@dataclass
class Home:
    """An appliance with a camera, a microphone and a loudspeaker."""

    appliance: Appliance
    room: AudioRig


@asynccontextmanager
async def running(overrides: Tables) -> AsyncIterator[Home]:
    """Start the daemon in the Debian 13 root, beside a sound server, with these tables besides.

    The root is built the first time, which takes minutes.
    """
    async with AsyncExitStack() as stack:
        room = stack.enter_context(AudioRig())
        shared = stack.enter_context(TemporaryDirectory(prefix="homecall-rig-"))
        environment = (f"{name}={value}" for name, value in room.environment.items())
        binds = [f"--bind={place}" for place in (shared, room.directory)]
        command = [
            str(RUN),
            *[word for bind in binds for word in bind.split("=")],
            *("env", *environment, "python3", "-m", "homecall_appliance"),
        ]
        build = await asyncio.create_subprocess_exec(str(RUN), "true")
        assert await build.wait() == 0
        devices: Tables = {
            "camera": {"backend": "picamera2", "width": 1280, "height": 720},
            "audio": {
                "backend": "sounddevice",
                "input_device": "intercom",
                "output_device": "intercom",
                "volume": 100,
            },
        }
        appliance = await stack.enter_async_context(
            Appliance.running({**devices, **overrides}, command=command, directory=Path(shared))
        )
        yield Home(appliance, room)
