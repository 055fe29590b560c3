"""Cameras: what happens to a Raspberry Pi's, the real picamera2 on libcamera's virtual camera.

Needs root; its Debian 13 is built the first time.
"""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from tests.endurance.corner import Event, Events, Happened
from tests.support.appliance import Appliance
from tests.support.browsers.browser import launch
from tests.support.browsers.phone import Phone
from tests.support.process import family

RUN = Path(__file__).parents[1] / "support" / "rigs" / "picamera2" / "run.sh"

WORKER = b"homecall_appliance.media.video.worker"


class Cameras:
    """A call whose appliance has a Raspberry Pi camera."""

    flows = ("picture", "sound")

    def __init__(self, appliance: Appliance, phone: Phone, stall: Path) -> None:
        self.appliance = appliance
        self.phone = phone
        self._stall = stall

    @property
    def events(self) -> Events:
        """What may happen."""
        return {
            "the camera's process is killed": Event(lambda _: self._signal(signal.SIGKILL)),
            "the camera's process hangs": Event(lambda _: self._signal(signal.SIGSTOP)),
            "the camera's process is late": Event(self._delay),
            "the sensor is dead": Event(self._stop_sensor),
        }

    async def also_flowing(self) -> set[str]:
        """Nothing else."""
        return set()

    async def _signal(self, number: signal.Signals) -> Happened:
        _send(number, self._workers())
        return Happened()

    async def _delay(self, random: Random) -> Happened:
        seconds, pids = random.choice([0.2, 1, 3]), self._workers()
        for number in (signal.SIGSTOP, signal.SIGCONT):
            _send(number, pids)
            await asyncio.sleep(seconds)
        return Happened(f"{seconds} s")

    async def _stop_sensor(self, random: Random) -> Happened:
        seconds = random.choice([1, 4, 10])
        self._stall.touch()
        await asyncio.sleep(seconds)
        self._stall.unlink()
        return Happened(f"{seconds} s")

    def _workers(self) -> list[int]:
        """The camera's process, and the one that waits to take its place."""
        return [
            pid
            for pid in family(self.appliance.pid)
            if WORKER in Path(f"/proc/{pid}/cmdline").read_bytes()
        ]


def _send(number: signal.Signals, pids: list[int]) -> None:
    """Send a signal to processes, of which some may have been replaced meanwhile."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


@asynccontextmanager
async def camera_corner() -> AsyncIterator[Cameras]:
    """An appliance with the libraries of Debian 13."""
    build = await asyncio.create_subprocess_exec(RUN, "true")
    assert await build.wait() == 0
    with TemporaryDirectory(prefix="homecall-rig-") as shared:
        stall = Path(shared) / "stall"
        command = (
            *(str(RUN), "--bind", f"{shared}:{shared}"),
            *("env", f"VIRTCAM_STALL={stall}", "python3", "-m", "homecall_appliance"),
        )
        overrides = {"camera": {"backend": "picamera2", "width": 640, "height": 480}}
        async with (
            Appliance.running(overrides, command=command, directory=Path(shared)) as appliance,
            launch("chromium", appliance.ca) as browser,
        ):
            yield Cameras(appliance, await browser.phone(), stall)
