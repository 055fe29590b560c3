"""The canceller, and the noise suppressor, by libspeexdsp."""

import numpy as np

from homecall_appliance.media.audio.echo.ducking import Ducking
from homecall_appliance.media.audio.echo.speexdsp import EchoFilter, Suppressor
from homecall_appliance.media.ports import BLOCK_SAMPLES, SAMPLE_RATE, Block, EchoFigures

TAIL = round(0.256 * SAMPLE_RATE)
"""Samples that an echo lasts at most in a room with furniture."""

NOISE = -15
"""dB by which steady noise is lowered: what libspeexdsp has tuned its other values for."""

_HALF = BLOCK_SAMPLES // 2


class Speex:
    """Takes out the linear echo, then what is left of it in each band, then what still is.

    For `Aligned`: the echo must come at the same time always. 20 ms late. OSError without
    libspeexdsp.
    """

    def __init__(self, *, noise_suppression: bool) -> None:
        noise = NOISE if noise_suppression else 0
        self._filter = EchoFilter(BLOCK_SAMPLES, TAIL)
        self._suppressor = Suppressor(BLOCK_SAMPLES, noise, after=self._filter)
        self._ducking = Ducking()

    def process(self, captured: Block, played: Block) -> Block:
        """See `media.ports.EchoCanceller.process`."""
        left = self._suppressor.process(self._filter.process(captured, played))
        return self._ducking.process(left, played)


class SpeexNoise:
    """A `media.ports.EchoCanceller` that takes out noise, and no echo; 10 ms late."""

    figures = EchoFigures("speex-noise")

    def __init__(self) -> None:
        self._suppressor = Suppressor(_HALF, NOISE)

    def process(self, captured: Block, _played: Block, _skipped: float = 0.0) -> Block:
        """See `media.ports.EchoCanceller.process`."""
        halves = (captured[:_HALF], captured[_HALF:])
        return np.concatenate([self._suppressor.process(half) for half in halves])
