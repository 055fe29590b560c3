"""A phone and an appliance whose microphones and loudspeakers are sinks of one sound server.

So what is said into one can be compared, sample by sample, with what is heard from the other.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.support.appliance import COMMAND, Appliance
from tests.support.browsers.chromium import Chromium, launch_chromium
from tests.support.browsers.devices import Devices
from tests.support.browsers.phone import Phone
from tests.support.network import APPLIANCE, Home, Host
from tests.support.rigs.audio.live import echoing
from tests.support.rigs.audio.rig import AudioRig
from tests.support.rigs.audio.room import Room
from tests.support.rigs.audio.together import delay, recording
from tests.support.rigs.audio.tones import RATE, Sound
from tests.support.scenario import heard, until
from tests.support.speech import OWNER, VISITOR, speech

SAID = ("mouth:monitor_MONO", "micin:monitor_MONO")
HEARD = ("spk:monitor_FL", "ear:monitor_MONO")

SENTENCE = 2.5
"""Seconds of speech each time."""

PAUSE = 0.8
"""Seconds after it, in which it is heard on the other side."""


@dataclass
class Conversation:
    """A call in progress, between people who speak in turn."""

    room: AudioRig
    appliance: Appliance
    phone: Phone
    directory: Path

    async def delays(self) -> tuple[float, float]:
        """Have both say something; seconds from the phone to the room, and back."""
        visitor, owner = (_part(text, voice) for text, voice in ((VISITOR, "en"), (OWNER, "en+f3")))
        with recording(
            self.room.environment, [*SAID, *HEARD], self.directory / "together.wav"
        ) as recorded:
            for sink, sound in (("mouth", visitor), ("micin", owner)):
                with self.room.playing(sound, sink):
                    await asyncio.sleep(SENTENCE + PAUSE)
        mouth, microphone, loudspeaker, ear = recorded.sounds()
        return delay(mouth, loudspeaker), delay(microphone, ear)


def _part(text: str, voice: str) -> Sound:
    return speech(text, voice)[: round(SENTENCE * RATE)]


@dataclass
class Line:
    """An appliance and a browser, between which calls are made."""

    room: AudioRig
    appliance: Appliance
    browser: Chromium
    directory: Path

    async def call(self, before: str = "") -> Conversation:
        """Call, and return when both hear something; `before`: see Chromium.phone()."""
        phone = await self.browser.phone(before=before)
        await phone.open(await self.appliance.link())
        await phone.wait_for("probes.frame()", within=60)
        await until(self.appliance, heard)
        return Conversation(self.room, self.appliance, phone, self.directory)


@asynccontextmanager
async def line(
    reflecting: Room | None = None, home: Home | None = None, host: Host | None = None
) -> AsyncIterator[Line]:
    """Start everything; the appliance stands in a room that reflects nothing, or in this one (see
    `rigs.audio.live`). With `home` and `host`, each is in a network of its own."""
    overrides: dict[str, dict[str, Any]] = {
        "audio": {
            "backend": "sounddevice",
            "input_device": "intercom",
            "output_device": "intercom",
            "volume": 100,
        }
    }
    if home:  # see e2e/house.py
        overrides["server"] = {"public_host": APPLIANCE, "http_port": 0, "interfaces": ["lan"]}
    async with AsyncExitStack() as stack:
        room = stack.enter_context(AudioRig())
        if reflecting:
            stack.enter_context(echoing(room, reflecting))
        room.link("mouth:monitor_MONO", "lips:input_MONO")
        directory = Path(stack.enter_context(TemporaryDirectory(prefix="homecall-talk-")))
        (files := directory / "home").mkdir()
        appliance = await stack.enter_async_context(
            Appliance.running(
                overrides,
                command=(*home.machine.prefix, *COMMAND) if home else COMMAND,
                environment={**os.environ, **room.environment},
            )
        )
        devices = Devices(system={**room.environment, "PULSE_SINK": "ear", "PULSE_SOURCE": "lips"})
        prefix = host.prefix if host else ()
        authority = appliance.directory / "tls" / "ca.crt"
        browser = await stack.enter_async_context(
            launch_chromium(files, authority, devices, prefix)
        )
        yield Line(room, appliance, browser, directory)


@asynccontextmanager
async def conversation(reflecting: Room | None = None) -> AsyncIterator[Conversation]:
    """Start everything, and call; for `reflecting` see line()."""
    async with line(reflecting) as made:
        yield await made.call()
