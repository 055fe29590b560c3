"""What a microphone hears in a quiet room, the same on each run."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from homecall_appliance.media.ports import SAMPLE_RATE
from tests.support.speech import OWNER, VISITOR, speech

QUIET = -60.0
"""The level of a quiet room's noise in dB relative to full scale."""

FULL_SCALE = 32768


def noise(seconds: float, level: float = QUIET, seed: int = 1) -> NDArray[np.int16]:
    """Return noise of this RMS level, whose power falls with the frequency, as a room's does.

    Shape (n,), 48 kHz.
    """
    count = round(seconds * SAMPLE_RATE)
    spectrum = np.fft.rfft(np.random.default_rng(seed).normal(size=count))
    frequencies = np.fft.rfftfreq(count, 1 / SAMPLE_RATE)
    samples = np.fft.irfft(spectrum / np.sqrt(np.maximum(frequencies, 24.0)), count)
    samples *= FULL_SCALE * 10 ** (level / 20) / np.sqrt(np.mean(np.square(samples)))
    return np.rint(samples).astype(np.int16)


def talk(
    seconds: float,
    pause: float = 1.5,
    level: float = QUIET,
    texts: Sequence[str] = (VISITOR, OWNER),
) -> NDArray[np.int16]:
    """Return somebody who speaks in the room, with pauses of so many seconds between sentences."""
    samples = noise(seconds, level)
    begin, number = round(pause * SAMPLE_RATE), 0
    while begin < len(samples):
        sentence = speech(texts[number % len(texts)])[: len(samples) - begin]
        samples[begin : begin + len(sentence)] += sentence
        begin += len(sentence) + round(pause * SAMPLE_RATE)
        number += 1
    return samples
