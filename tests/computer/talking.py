"""Uses the sound card inside the computer as the appliance does in a call: see sounds.py.

Its arguments are the names of the microphone and the loudspeaker. It writes a line of JSON twice a
second: `blocks` heard so far, the `hertz` of the last one, the `problem`, and the `figures`.
"""

import asyncio
import dataclasses
import json
import logging
import sys

import numpy as np

from homecall_appliance.media.audio.echo.off import Off
from homecall_appliance.media.audio.opus import OpusDecoder
from homecall_appliance.media.audio.portaudio import SoundCard
from homecall_appliance.media.audio.shared_audio import SharedAudio
from homecall_appliance.media.ports import SAMPLE_RATE, Block, Exchange
from homecall_appliance.service.process import survive_spinning_threads

SECONDS = 0.5


class Overhearing:
    """An `Exchange` that lets an ear hear, too."""

    def __init__(self, exchange: Exchange, ear: "Ear") -> None:
        self.play = exchange.play
        self._hear = exchange.hear
        self._ear = ear

    def hear(self, captured: Block, played: Block, skipped: float) -> None:
        """See `Exchange.hear`."""
        self._ear.blocks += 1
        self._ear.last = captured
        self._hear(captured, played, skipped)


class Ear(SoundCard):
    """Hears what the microphone gives."""

    blocks = 0
    last: Block | None = None

    def open(self, exchange: Exchange, *, capture: bool = True):  # type: ignore[no-untyped-def]
        """See `AudioDevice.open`."""

        return super().open(Overhearing(exchange, self), capture=capture)

    @property
    def hertz(self) -> float:
        """The loudest frequency of the last block, to 50 hertz; 0 for silence."""
        if self.last is None or not self.last.any():
            return 0.0
        spectrum = np.abs(np.fft.rfft(self.last * np.hanning(len(self.last))))
        return float(spectrum.argmax()) * SAMPLE_RATE / len(self.last)


async def main() -> None:
    """Talk until killed."""
    logging.basicConfig(level=logging.INFO, stream=sys.stderr)
    survive_spinning_threads()
    ear = Ear(sys.argv[1], sys.argv[2])
    audio = SharedAudio(ear, Off(), volume=100)
    async with asyncio.TaskGroup() as group:
        group.create_task(audio.run())
        with audio.talk(OpusDecoder):
            while True:
                said = {
                    "blocks": ear.blocks,
                    "hertz": ear.hertz,
                    "problem": audio.problem,
                    "figures": dataclasses.asdict(ear.figures),
                }
                print(json.dumps(said), flush=True)
                await asyncio.sleep(SECONDS)


asyncio.run(main())
