"""A test tone in place of a microphone."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from itertools import cycle

import numpy as np

from homecall_appliance.media.audio.paced import Pacer
from homecall_appliance.media.ports import BLOCK_SAMPLES, SAMPLE_RATE, Block, Exchange, SoundFigures

FREQUENCY = 440
"""Hertz: the concert pitch (ISO 16)."""

LEVEL = -18.0
"""dBFS: the alignment level of EBU R 68, well below what hurts."""


class Tone:
    """A `media.ports.AudioDevice` that hears a sine without a seam, and plays nothing."""

    figures = SoundFigures()

    def __init__(
        self, frequency: int = FREQUENCY, level: float = LEVEL, pacer: Pacer | None = None
    ) -> None:
        """`frequency` in hertz, whole, so that one second follows another; `level` in dBFS."""
        self._frequency = frequency
        self._amplitude = 32767 * 10 ** (level / 20)
        self._pacer = pacer or Pacer()

    def open(self, exchange: Exchange) -> AbstractContextManager[None]:
        """See `AudioDevice.open`; never fails."""
        return self._pacer.run(exchange, self._blocks())

    def _blocks(self) -> Iterator[Block]:
        turns = np.arange(SAMPLE_RATE) * self._frequency / SAMPLE_RATE
        second = np.rint(self._amplitude * np.sin(2 * np.pi * turns)).astype(np.int16)
        return (block.copy() for block in cycle(second.reshape(-1, BLOCK_SAMPLES)))
