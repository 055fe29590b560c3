"""A delay line that can be read between its samples."""

import numpy as np
from numpy.typing import NDArray

from homecall_appliance.media.ports import BLOCK_SAMPLES, Block

TAPS = 32
"""Samples of which one between them is made: a sinc under a window of Hann."""

FRACTIONS = 256
"""Places between two samples: up to 10 kHz the error is 50 dB lower."""

PARTS = 4
"""Parts of a block, each of which has one delay."""

Samples = NDArray[np.float64]

_PART = BLOCK_SAMPLES // PARTS
_BEFORE = TAPS // 2 - 1


def _interpolation() -> Samples:
    """Return the taps for each fraction of a sample, shape (FRACTIONS, TAPS)."""
    distance = np.arange(TAPS) - _BEFORE - np.arange(FRACTIONS)[:, None] / FRACTIONS
    return np.asarray(np.sinc(distance) * np.cos(np.pi * distance / TAPS) ** 2)


_TAPS = _interpolation()


class DelayLine:
    """Keeps the last blocks."""

    def __init__(self, longest: int) -> None:
        """`longest` is the longest delay in samples."""
        self._kept = longest + BLOCK_SAMPLES + TAPS
        self._samples = np.zeros(2 * self._kept)
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

        `delay` is a whole number and `change` is 0, or both leave it above TAPS.
        """
        start = self._end - BLOCK_SAMPLES - delay
        parts = [
            self._read(start + part * _PART - change * (part + 0.5) / PARTS)
            for part in range(PARTS)
        ]
        return np.clip(np.rint(np.concatenate(parts)), -32768, 32767).astype(np.int16)

    def _read(self, place: float) -> Samples:
        whole, fraction = divmod(round(place * FRACTIONS), FRACTIONS)
        if not fraction:
            return self._samples[whole : whole + _PART]
        first = whole - _BEFORE
        return np.correlate(self._samples[first : first + _PART + TAPS - 1], _TAPS[fraction])
