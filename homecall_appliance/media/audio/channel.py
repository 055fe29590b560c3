"""Which channel of a microphone has sound, and whether any has."""

import logging
from typing import Any

import numpy as np
from numpy.typing import NDArray

from homecall_appliance.media.ports import BLOCK_SAMPLES, SAMPLE_RATE, Block

log = logging.getLogger(__name__)

SILENT_SECONDS = 10.0
"""Seconds of digital silence from the beginning after which a microphone counts as muted. A
converter that works never gives the same sample for so long, since it has noise of its own; sound
cards that are just being switched on do so for a second or two."""

PAUSE_SECONDS = 60.0
"""Seconds of it after there was sound: a headset whose own noise gate has closed also gives digital
silence while nobody speaks, and is not to be called muted for it."""


class MicrophoneChannel:
    """Takes one channel of what a microphone captures, the first that has given any sound so far.

    Most microphones have sound on their first channel. A single I2S microphone is the second one of
    its card where its L/R pin is high, and the first one is digital silence then; so is the input 1
    of an audio interface while the microphone is plugged into input 2.
    """

    def __init__(self) -> None:
        self.is_silent = False
        """Whether it has given nothing but digital silence for a while: the same sample again and
        again, 0 or another one."""

        self._channel: int | None = None
        self._silent_blocks = 0

    def take(self, captured: Any) -> Block:
        """Return a copy of its sound in one of PortAudio's buffers: interleaved int16."""
        samples = np.frombuffer(captured, np.int16).reshape(BLOCK_SAMPLES, -1)
        if self._channel != 0:
            self._find(samples)
        block = samples[:, self._channel or 0].copy()
        if block.min() != block.max():
            self._silent_blocks = 0
        else:
            self._silent_blocks += 1
        self.is_silent = self._silent_blocks >= self._patience * SAMPLE_RATE / BLOCK_SAMPLES
        return block

    @property
    def _patience(self) -> float:
        return SILENT_SECONDS if self._channel is None else PAUSE_SECONDS

    def _find(self, samples: NDArray[np.int16]) -> None:
        sounding = np.flatnonzero(np.ptp(samples, axis=0))
        if sounding.size and (self._channel is None or sounding[0] < self._channel):
            self._channel = int(sounding[0])
            if self._channel:
                log.info("The sound of the microphone is on its channel %d.", self._channel + 1)
