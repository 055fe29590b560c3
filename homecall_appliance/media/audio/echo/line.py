"""A delay line that can be read between its samples."""

import numpy as np

from homecall_appliance.media.audio.interpolation import TAPS, interpolated
from homecall_appliance.media.ports import BLOCK_SAMPLES, Block

NEAREST = TAPS
"""Samples of delay from which on a part of one is possible: what comes next is not known."""


class DelayLine:
    """Keeps the last blocks."""

    def __init__(self, longest: int) -> None:
        """`longest` is the longest delay in samples."""
        self._kept = longest + BLOCK_SAMPLES + TAPS
        self._samples = np.zeros(2 * self._kept, np.float32)
        self._end = self._kept

    def write(self, block: Block) -> None:
        """Add a block."""
        end = self._end + BLOCK_SAMPLES
        if end > len(self._samples):  # now and then, so that it costs little
            self._samples[: self._kept] = self._samples[self._end - self._kept : self._end]
            end = self._kept + BLOCK_SAMPLES
        self._samples[end - BLOCK_SAMPLES : end] = block
        self._end = end

    def read(self, delay: float, change: float = 0.0) -> Block:
        """Return a block that is `delay` samples late at its start, and `change` more at its end.

        `delay` is a whole number and `change` is 0, or both leave it above NEAREST.
        """
        start = self._end - BLOCK_SAMPLES - delay
        if not change and start == int(start):
            return self._samples[int(start) : int(start) + BLOCK_SAMPLES].astype(np.int16)
        step = 1 - change / BLOCK_SAMPLES
        return interpolated(self._samples, start, step, BLOCK_SAMPLES)
