"""The microphone is lowered while it hears nothing but the loudspeaker."""

import numpy as np

from homecall_appliance.media.ports import BLOCK_SAMPLES, SAMPLE_RATE, Block

PARTS = 4
"""Parts of a block whose loudness is looked at: 5 ms each."""

DEPTH = -18.0
"""dB by which the microphone is lowered at most, so that a voice is still heard."""

AUDIBLE = -60.0
"""dBFS of what is played, below which there is no echo."""

FALL = 150.0
"""dB per second by which an echo fades at least: a reverberation time of 0.4 s."""

MARGIN = 12.0
"""dB above the expected echo from which on the microphone hears a voice."""

RISE, SINK, CREEP = 20.0, 6.0, 0.5
"""dB per second by which the expected echo follows a louder one, a softer one, and what is so loud
that it is taken for a voice. In single talk it comes to rest where a quarter of the echo is louder.
"""

SOFTEST = -70.0
"""dB: the softest echo that is expected, against what is played."""

OPENING, CLOSING = 0.005, 0.06
"""Seconds that the microphone takes to be raised, so that no word loses its beginning, and to be
lowered, so that none loses its end."""

_PART = BLOCK_SAMPLES // PARTS
_SECONDS = _PART / SAMPLE_RATE


class Ducking:
    """A canceller that always works, and a help for better ones, which leave some of the echo.

    It learns how loud the echo is against what is played, and expects the loudest at first.
    """

    def __init__(self) -> None:
        self._played = AUDIBLE  # dBFS, and its reverberation
        self._echo = 0.0  # dB against that
        self._gain = 1.0

    def process(self, captured: Block, played: Block) -> Block:
        """See `media.ports.EchoCanceller.process`; the echo of `played` comes no earlier."""
        gains = [self._gain]
        for heard, given in zip(_levels(captured), _levels(played), strict=True):
            gains.append(self._step(heard, given))
        curve = np.interp(np.arange(BLOCK_SAMPLES), np.arange(PARTS + 1) * _PART, gains)
        return np.rint(captured * curve).astype(np.int16)

    def _step(self, heard: float, given: float) -> float:
        """Return the gain after one part, by its levels in dBFS."""
        self._played = max(given, self._played - FALL * _SECONDS)
        wanted = 1.0
        if self._played > AUDIBLE:
            above = heard - self._played - self._echo
            speed = CREEP if above > MARGIN else RISE if above > 0 else -SINK
            self._echo = max(self._echo + speed * _SECONDS, SOFTEST)
            wanted = 10 ** (min(max(2 * (above - MARGIN), DEPTH), 0.0) / 20)
        pace = OPENING if wanted > self._gain else CLOSING
        self._gain += min(_SECONDS / pace, 1.0) * (wanted - self._gain)
        return self._gain


def _levels(block: Block) -> list[float]:
    """Return the level of each part in dBFS."""
    powers = np.mean((block / 32768.0).reshape(PARTS, _PART) ** 2, axis=1)
    levels: list[float] = (10 * np.log10(powers + 1e-12)).tolist()
    return levels
