"""Sound made a little shorter or longer, at the same pitch. PURE.

One period of the voice is left out, or said twice, with a cross-fade (waveform similarity
overlap-add: Verhelst and Roelands, ICASSP 1993).
"""

import numpy as np
from numpy.typing import NDArray

from homecall_appliance.media.ports import SAMPLE_RATE, Block

SHORTEST, LONGEST = SAMPLE_RATE // 400, SAMPLE_RATE // 100
"""Samples of a period: of a voice up to 400 Hz; more than one of a low voice fits the longest."""

LENGTH = 2 * LONGEST
"""Samples that are needed: two of the longest periods."""

_ALIKE = 0.6
"""Correlation from which on two periods count as the same sound."""

_QUIET = 100.0
"""RMS up to which nobody hears a seam: 50 dB below full scale."""

_STEP = 4
"""The period is looked for at an audible rate of 12 kHz."""


def shorten(samples: Block) -> Block:
    """Return samples of shape (n,), n at least LENGTH, without their first period.

    They come back as they are where no period is like the next: in a consonant, or a click.
    """
    period = _period(samples)
    if period is None:
        return samples
    seam = _cross_fade(samples[:period], samples[period : 2 * period])
    return np.concatenate([seam, samples[2 * period :]])


def lengthen(samples: Block) -> Block:
    """Return samples of shape (n,), n at least LENGTH, with their first period twice; likewise."""
    period = _period(samples)
    if period is None:
        return samples
    seam = _cross_fade(samples[period : 2 * period], samples[:period])
    return np.concatenate([samples[:period], seam, samples[period:]])


def _period(samples: Block) -> int | None:
    """Return the distance at which the first 10 ms are most like what follows."""
    sound = samples[:LENGTH].astype(np.float32)
    if np.sqrt(np.mean(np.square(sound))) < _QUIET:
        return LONGEST
    coarse: NDArray[np.float32] = sound.reshape(-1, _STEP).mean(axis=1)
    first, least = coarse[: LONGEST // _STEP], SHORTEST // _STEP
    products = np.correlate(coarse[least:], first, "valid")
    energies = np.correlate(np.square(coarse[least:]), np.ones_like(first), "valid")
    alike = products / (np.sqrt(energies * np.sum(np.square(first))) + 1.0)
    best = int(np.argmax(alike))
    return (least + best) * _STEP if alike[best] > _ALIKE else None


def _cross_fade(out: Block, into: Block) -> Block:
    rise = (np.arange(len(out), dtype=np.float32) + 0.5) / len(out)
    return np.rint(out * (1 - rise) + into * rise).astype(np.int16)
