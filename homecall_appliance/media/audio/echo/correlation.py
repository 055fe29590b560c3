"""Where in time one sound is found in another."""

import numpy as np
from numpy.lib.stride_tricks import as_strided
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
_LOOKED_AT = slice(_SIZE + EARLIEST - _WINDOW, _SIZE + EARLIEST)
_BAND = slice(_SIZE * 200 // RATE, _SIZE * 1800 // RATE)  # hertz
_STEP = BLOCK_SAMPLES // DECIMATION

_PHASES = 16
"""Samples at RATE that make one of the filtered ones."""


def _low_pass() -> Samples:
    """Return a sinc under a window of Hann, in columns for each of the _PHASES."""
    taps = np.arange(_PHASES * DECIMATION) - (_PHASES * DECIMATION - 1) / 2
    response = np.sinc(taps / DECIMATION) * np.cos(np.pi * taps / len(taps)) ** 2
    return np.ascontiguousarray((response / response.sum()).reshape(_PHASES, DECIMATION).T)


class Decimator:
    """Makes RATE of SAMPLE_RATE.

    What it leaves above RATE / 2 would tell of other delays than there are between the samples.
    """

    _LOW_PASS = _low_pass()

    def __init__(self) -> None:
        self._rows = np.zeros((_PHASES - 1 + _STEP, DECIMATION))

    def decimate(self, block: Block) -> Samples:
        """Return the next samples, shape (BLOCK_SAMPLES // DECIMATION,)."""
        self._rows[: _PHASES - 1] = self._rows[_STEP:]
        self._rows[_PHASES - 1 :] = block.reshape(_STEP, DECIMATION)
        parts = self._rows @ self._LOW_PASS
        row, column = parts.strides
        diagonals = as_strided(parts, (_STEP, _PHASES), (row, row + column))
        return np.asarray(diagonals.sum(axis=1))


class Correlation:
    """The generalised cross-correlation with phase transform of Knapp and Carter (1976).

    It makes all frequencies count alike, so that the direct sound stands out of its reflections.
    """

    def __init__(self) -> None:
        self._captured = np.zeros(_SIZE)
        self._played = np.zeros(_SIZE)
        self._decimators = Decimator(), Decimator()

    def add(self, captured: Block, played: Block) -> None:
        """Add one block of each."""
        lines = (self._captured, self._played)
        for line, decimator, block in zip(lines, self._decimators, (captured, played), strict=True):
            line[:-_STEP] = line[_STEP:]
            line[-_STEP:] = decimator.decimate(block)

    def delay(self, samples: int) -> None:
        """Take it that all was played so much later."""
        self._played = _later(self._played, samples)

    def hold(self, samples: int) -> None:
        """Take it that all was captured so much later."""
        self._captured = _later(self._captured, samples)

    def look(self) -> Samples | None:
        """Return it for every delay, EARLIEST first; None after a second of silence, and where the
        microphone is muted."""
        captured = np.zeros(_SIZE)
        captured[_LOOKED_AT] = self._captured[_LOOKED_AT]
        if np.sqrt(np.mean(self._played**2)) < AUDIBLE or not captured.any():
            return None
        # What wraps around is at delays that are not returned.
        cross = np.fft.rfft(captured) * np.conj(np.fft.rfft(self._played))
        phases = np.zeros_like(cross)
        phases[_BAND] = cross[_BAND] / (np.abs(cross[_BAND]) + 1e-9)
        correlation = np.fft.irfft(phases, _SIZE)
        return np.concatenate([correlation[EARLIEST:], correlation[:LATEST]])

    @property
    def age(self) -> float:
        """How long ago the middle of what a look compares was played, in samples."""
        powers = self._played[_LOOKED_AT] ** 2
        ages = np.arange(_WINDOW, 0, -1) - EARLIEST
        return float(powers @ ages / max(powers.sum(), 1.0))


def _later(line: Samples, samples: int) -> Samples:
    moved = np.roll(line, samples)
    moved[slice(None, samples) if samples > 0 else slice(len(line) + samples, None)] = 0
    return moved
