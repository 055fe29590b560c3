"""What the loudspeaker says of calls without words: two notes each, like a small bell. PURE.

One hears how the bell is struck. That sound is short and has all frequencies of a voice: by it the
echo canceller finds out how late the microphone hears the loudspeaker, and what the room is like,
before anybody has said a word. A bell's own few frequencies do not tell it as well.
"""

import numpy as np
from numpy.typing import NDArray

from homecall_appliance.media.ports import BLOCK_SAMPLES, SAMPLE_RATE, Block

Chime = tuple[Block, ...]
"""A whole sound, which begins and ends with silence."""

PEAK = -12.0
"""dBFS of the loudest sample, before audio.volume: as loud as a voice in a call."""

E5, A5 = 659.26, 880.0
"""Hertz (ISO 16). A small loudspeaker has no trouble with them, nor has an elderly ear."""

_PARTIALS = ((1, 1.0), (2, 0.25), (3, 0.08))
_ATTACK = 0.008
_RELEASE = 0.040

_STRIKE_LEVEL = 10 ** (-6 / 20)
_STRIKE_BAND = (200, 6000)
_STRIKE_DECAY = 0.040

Signal = NDArray[np.float64]
"""Shape (n,); full scale is 1."""


def _note(frequency: float, seconds: float, decay: float) -> Signal:
    """Return a note that falls to a third every `decay` seconds, and the stroke of its hammer."""
    time = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    tone = sum(share * np.sin(2 * np.pi * n * frequency * time) for n, share in _PARTIALS)
    sound = tone * np.exp(-time / decay) + _noise(len(time)) * np.exp(-time / _STRIKE_DECAY)
    # Half a period of a cosine at either end: what begins or stops at once is a click.
    ends = np.minimum(time / _ATTACK, (seconds - time) / _RELEASE).clip(0, 1)
    return np.asarray(sound * (1 - np.cos(np.pi * ends)) / 2)


def _noise(length: int) -> Signal:
    """Return the hammer's noise before it decays: each time the same."""
    spectrum = np.fft.rfft(np.random.default_rng(5).standard_normal(length))
    frequencies = np.fft.rfftfreq(length, 1 / SAMPLE_RATE)
    low, high = _STRIKE_BAND
    spectrum[(frequencies < low) | (frequencies > high)] = 0
    noise = np.fft.irfft(spectrum, length)
    return np.asarray(_STRIKE_LEVEL * noise / np.abs(noise[: SAMPLE_RATE // 20]).max())


def _chime(first: float, second: float, *, after: float, seconds: float, decay: float) -> Chime:
    """Return two notes, the second of which begins `after` seconds."""
    start, notes = round(after * SAMPLE_RATE), (first, second)
    one, other = (_note(each, seconds, decay) for each in notes)
    length = start + len(other)
    whole = np.zeros(-(-length // BLOCK_SAMPLES) * BLOCK_SAMPLES)
    whole[: len(one)] += one
    whole[start:length] += other
    whole *= 32767 * 10 ** (PEAK / 20) / np.abs(whole).max()
    return tuple(np.rint(whole).astype(np.int16).reshape(-1, BLOCK_SAMPLES))


COMING = _chime(E5, A5, after=0.22, seconds=0.9, decay=0.22)
"""Someone is coming: a fourth upwards, 1.1 s."""

ENDED = _chime(A5, E5, after=0.13, seconds=0.3, decay=0.09)
"""The call has ended: the same fourth downwards, 0.4 s."""


def _cadence(chime: Chime, seconds: float) -> Chime:
    """Return a chime and the silence after it, until it is played again."""
    blocks = round(seconds * SAMPLE_RATE / BLOCK_SAMPLES)
    return chime + (np.zeros(BLOCK_SAMPLES, np.int16),) * (blocks - len(chime))


RINGING = _cadence(COMING, 4.0)
"""A visitor waits to be let in: played again and again, the bell every four seconds."""

KNOCKING = _cadence(_chime(E5, E5, after=0.16, seconds=0.14, decay=0.05), 10.0)
"""The same where there is a call already, which it is not to drown: two short notes, 0.3 s."""
