"""A test tone in place of a microphone."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from itertools import cycle

import numpy as np

from homecall_appliance.media.audio.paced import Pacer, silence
from homecall_appliance.media.ports import (
    BLOCK_SAMPLES,
    SAMPLE_RATE,
    Block,
    Exchange,
    SoundFigures,
    SoundProblems,
)

FREQUENCY = 440
"""Hertz: the concert pitch (ISO 16); a whole number, so that one second follows another."""

LEVEL = -18.0
"""dBFS: the alignment level of EBU R 68, well below what hurts."""


class Tone:
    """A `media.ports.AudioDevice` that hears a sine without a seam, and plays nothing."""

    figures = SoundFigures()
    problems = SoundProblems()

    def __init__(self, pacer: Pacer | None = None) -> None:
        self._pacer = pacer or Pacer()

    def open(self, exchange: Exchange, *, capture: bool = True) -> AbstractContextManager[None]:
        """See `AudioDevice.open`; never fails."""
        return self._pacer.run(exchange, self._blocks() if capture else silence())

    def _blocks(self) -> Iterator[Block]:
        turns = np.arange(SAMPLE_RATE) * FREQUENCY / SAMPLE_RATE
        second = np.rint(32767 * 10 ** (LEVEL / 20) * np.sin(2 * np.pi * turns)).astype(np.int16)
        return (block.copy() for block in cycle(second.reshape(-1, BLOCK_SAMPLES)))
