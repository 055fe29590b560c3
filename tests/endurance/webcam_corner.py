"""Webcams: what happens to one, which is vivid's, in an emulated computer."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from tests.computer.appliance import Appliance
from tests.computer.cameras import NODE, Webcam, raw_webcam
from tests.endurance.corner import Event, Events, Happened
from tests.support.browsers.chromium import launch_chromium
from tests.support.browsers.devices import Devices, write_film
from tests.support.browsers.phone import Phone
from tests.support.network import home
from tests.support.rigs.qemu.computer import Computer, computer
from tests.support.rigs.qemu.systems import from_source

COMPUTER, PHONE = "10.77.1.2", 10
"""Addresses: the latter is 10.77.1.10."""

WITHIN = 120.0
"""Seconds: to start a process alone takes the emulated computer ten."""


class Webcams:
    """A call whose appliance has a webcam."""

    flows = ("picture", "sound")

    def __init__(
        self, machine: Computer, webcam: Webcam, appliance: Appliance, phone: Phone
    ) -> None:
        self.appliance = appliance
        self.phone = phone
        self._machine = machine
        self._webcam = webcam

    @property
    def events(self) -> Events:
        """What may happen."""
        return {
            "the camera is pulled out": Event(self._pull, WITHIN),
            "the camera's process is killed": Event(lambda _: self._signal("KILL"), WITHIN),
            "the camera's process hangs": Event(lambda _: self._signal("STOP"), WITHIN),
            "corrupt pictures": Event(self._corrupt, WITHIN),
            "pictures are left out": Event(self._drop, WITHIN),
            "a fatal error of the stream": Event(self._fail, WITHIN),
            "time stamps begin anew": Event(self._leap, WITHIN),
        }

    async def also_flowing(self) -> set[str]:
        """Nothing else."""
        return set()

    async def _pull(self, random: Random) -> Happened:
        seconds = random.choice([0, 2, 10])
        await asyncio.to_thread(self._webcam.pull_out)
        await asyncio.sleep(seconds)
        await asyncio.to_thread(self._webcam.plug_in)
        return Happened(f"{seconds} s")

    async def _signal(self, name: str) -> Happened:
        pid = await asyncio.to_thread(lambda: self._webcam.pid)
        await asyncio.to_thread(self._machine.run, "kill", f"-{name}", *pid.split())
        return Happened()

    async def _corrupt(self, random: Random) -> Happened:
        times = random.randint(1, 10)
        for _ in range(times):
            await self._set("inject_v4l2_buf_flag_error=1")
        return Happened(f"{times} of them")

    async def _drop(self, random: Random) -> Happened:
        percent, seconds = random.randint(10, 90), random.randint(2, 8)
        await self._set(f"percentage_of_dropped_buffers={percent}")
        await asyncio.sleep(seconds)
        await self._set("percentage_of_dropped_buffers=0")
        return Happened(f"{percent} % for {seconds} s")

    async def _fail(self, random: Random) -> Happened:
        await self._set("inject_fatal_streaming_error=1")
        return Happened()

    async def _leap(self, random: Random) -> Happened:
        """Its clock leaps to the end of 32 bits of seconds, and back."""
        for wrapping in (2, 0):
            await self._set(f"wrap_timestamp={wrapping}")
            await asyncio.sleep(random.uniform(2, 5))
        return Happened()

    async def _set(self, control: str) -> None:
        command = ("v4l2-ctl", "--device", NODE, f"--set-ctrl={control}")
        await asyncio.to_thread(self._machine.run, *command)


@asynccontextmanager
async def webcam_corner() -> AsyncIterator[Webcams]:
    """An emulated computer with a webcam, and a phone on a cable of its own."""
    with (
        home() as network,
        computer(network, COMPUTER, from_source()) as machine,
        raw_webcam(machine) as webcam,
        network.host(PHONE) as host,
        TemporaryDirectory(prefix="homecall-browser-", ignore_cleanup_errors=True) as files,
    ):
        devices = Devices(picture=write_film(Path(files) / "film.y4m"))
        async with (
            Appliance.running(machine) as appliance,
            launch_chromium(Path(files), appliance.ca, devices, host.prefix) as browser,
        ):
            yield Webcams(machine, webcam, appliance, await browser.phone())
