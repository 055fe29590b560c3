"""Where in time one sound is found in another."""

import numpy as np
from numpy.typing import NDArray

from homecall_appliance.media.ports import BLOCK_SAMPLES, SAMPLE_RATE, Block

Samples = NDArray[np.float64]

DECIMATION = 12
"""Samples of a block that make one here."""

RATE = SAMPLE_RATE // DECIMATION
"""4 kHz: the band in which voices are strong. A sample is a quarter of a millisecond."""

EARLIEST = -RATE // 8
LATEST = RATE // 2
"""The delays that are looked at, in samples: -125 to 500 ms."""

AUDIBLE = 30.0
"""Root mean square (of int16) below which the loudspeaker counts as silent."""

_WINDOW = 4096  # of the microphone: 1.02 s
_SIZE = 6912  # at least _WINDOW - EARLIEST + LATEST, and quick to transform: 2 ** 8 * 3 ** 3
_BAND = slice(_SIZE * 200 // RATE, _SIZE * 1800 // RATE)  # hertz
_STEP = BLOCK_SAMPLES // DECIMATION


class Correlation:
    """The generalised cross-correlation with phase transform of Knapp and Carter (1976).

    It makes all frequencies count alike, so that the direct sound stands out of its reflections.
    """

    def __init__(self) -> None:
        self._captured = np.zeros(_SIZE)
        self._played = np.zeros(_SIZE)

    def add(self, captured: Block, played: Block) -> None:
        """Add one block of each."""
        for line, block in ((self._captured, captured), (self._played, played)):
            line[:-_STEP] = line[_STEP:]
            line[-_STEP:] = block.reshape(-1, DECIMATION).mean(axis=1)

    def delay(self, samples: int) -> None:
        """Take it that all was played so much later."""
        if not samples:
            return
        self._played = np.roll(self._played, samples)
        gap = slice(None, samples) if samples > 0 else slice(samples, None)
        self._played[gap] = 0

    def look(self) -> Samples | None:
        """Return it for every delay, EARLIEST first; None after a second of silence."""
        if np.sqrt(np.mean(self._played**2)) < AUDIBLE:
            return None
        captured = np.zeros(_SIZE)
        window = slice(_SIZE + EARLIEST - _WINDOW, _SIZE + EARLIEST)
        captured[window] = self._captured[window]
        # What wraps around is at delays that are not returned.
        cross = np.fft.rfft(captured) * np.conj(np.fft.rfft(self._played))
        phases = np.zeros_like(cross)
        phases[_BAND] = cross[_BAND] / (np.abs(cross[_BAND]) + 1e-9)
        correlation = np.fft.irfft(phases, _SIZE)
        return np.concatenate([correlation[EARLIEST:], correlation[:LATEST]])
