"""Sound: what happens to the sound card of the appliance, the real PortAudio on PipeWire."""

import asyncio
import signal
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from random import Random

from tests.endurance.corner import Event, Events, Happened
from tests.support.appliance import Appliance
from tests.support.browsers.browser import launch
from tests.support.browsers.phone import Phone
from tests.support.rigs.audio.rig import AudioRig, RigError
from tests.support.rigs.audio.tones import level_dbfs, tone
from tests.support.watch import LOUD_DBFS

LOUDSPEAKER, MICROPHONE = "spk", "micin"

WHISTLE = tone(700.0, seconds=30.0)
BREATH_SECONDS = 29.5

PULLED_OUT = {"PULSE_PROP": "node.dont-reconnect=true"}
"""Environment in which a device that is pulled out is lost, as a sound card of ALSA's is: PipeWire
moves a stream to another device by itself."""

HEARD_SECONDS = 0.2
"""How much of the loudspeaker's sound is listened to at a time."""

HEARD_LATELY = 0.75
"""Seconds: a client of the sound server takes a moment to begin."""


class Room:
    """A room in which somebody whistles all the time, and an ear at the loudspeaker."""

    def __init__(self, rig: AudioRig) -> None:
        self.rig = rig
        self.silent = False
        """Whether nobody whistles: the microphone gives zeros."""

        self._heard_at = float("-inf")
        self._left = threading.Event()
        self._anew = threading.Event()

    @property
    def hears(self) -> bool:
        """Whether the loudspeaker plays something."""
        return time.monotonic() - self._heard_at < HEARD_LATELY

    def whistle_anew(self) -> None:
        """The microphone is another one, or `silent` has changed."""
        self._anew.set()

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Whistle and listen until left."""
        threads = [threading.Thread(target=each) for each in (self._whistle, self._listen)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._left.set()
            self._anew.set()
            for thread in threads:
                thread.join()

    def _whistle(self) -> None:
        while not self._left.is_set():
            self._anew.clear()
            if self.silent:
                self._anew.wait()
            else:
                with self.rig.playing(WHISTLE, MICROPHONE):
                    self._anew.wait(BREATH_SECONDS)

    def _listen(self) -> None:
        while not self._left.is_set():
            try:
                sound = self.rig.record(HEARD_SECONDS)
            except RigError:  # There is no loudspeaker, or no sound server.
                self._left.wait(HEARD_SECONDS)
                continue
            if level_dbfs(sound) > LOUD_DBFS:
                self._heard_at = time.monotonic()


class Sounds:
    """A call whose appliance has a sound card."""

    flows = ("picture", "sound", "loudspeaker")

    def __init__(self, appliance: Appliance, phone: Phone, room: Room) -> None:
        self.appliance = appliance
        self.phone = phone
        self._room = room

    @property
    def events(self) -> Events:
        """What may happen."""
        return {
            "the loudspeaker is pulled out": Event(lambda random: self._pull(random, LOUDSPEAKER)),
            "the microphone is pulled out": Event(lambda random: self._pull(random, MICROPHONE)),
            "the microphone gives zeros": Event(self._silence),
            "the sound server is killed": Event(self._kill),
            "PipeWire hangs": Event(lambda random: self._hang(random, "pipewire")),
            "the sound server hangs": Event(lambda random: self._hang(random, "pipewire-pulse")),
        }

    async def also_flowing(self) -> set[str]:
        """What the room hears."""
        return {"loudspeaker"} if self._room.hears else set()

    async def _pull(self, random: Random, sink: str) -> Happened:
        seconds = random.choice([0, 1, 3, 10])
        await asyncio.to_thread(self._room.rig.unplug, sink)
        await asyncio.sleep(seconds)
        await asyncio.to_thread(self._room.rig.plug_in, sink)
        self._room.whistle_anew()
        return Happened(f"{seconds} s")

    async def _silence(self, random: Random) -> Happened:
        seconds = random.randint(2, 20)
        self._room.silent = True
        self._room.whistle_anew()
        await asyncio.sleep(seconds)
        self._room.silent = False
        self._room.whistle_anew()
        return Happened(f"{seconds} s")

    async def _kill(self, random: Random) -> Happened:
        seconds = random.choice([0, 2, 8])
        self._room.rig.lose()
        await asyncio.sleep(seconds)
        await asyncio.to_thread(self._room.rig.restart)
        self._room.whistle_anew()
        return Happened(f"{seconds} s")

    async def _hang(self, random: Random, process: str) -> Happened:
        seconds = random.choice([0.1, 0.5, 2, 6])
        self._room.rig.signal(process, signal.SIGSTOP)
        await asyncio.sleep(seconds)
        self._room.rig.signal(process, signal.SIGCONT)
        return Happened(f"{seconds} s")


@asynccontextmanager
async def sound_corner() -> AsyncIterator[Sounds]:
    """An appliance beside a sound server."""
    audio = {
        "backend": "sounddevice",
        "input_device": "intercom",
        "output_device": "intercom",
        # A whistle is a steady noise.
        "noise_suppression": False,
    }
    with AudioRig() as rig:
        room = Room(rig)
        with room.entered():
            async with (
                Appliance.running(
                    {"audio": audio}, environment={**rig.environment, **PULLED_OUT}
                ) as appliance,
                launch("chromium", appliance.ca) as browser,
            ):
                yield Sounds(appliance, await browser.phone(), room)
