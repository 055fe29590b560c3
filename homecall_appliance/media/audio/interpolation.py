"""Sound between its samples: what both resamplers have in common. PURE.

A sine of up to 8 kHz comes out 80 dB above everything else, one of up to 20 kHz 70 dB.
"""

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from homecall_appliance.media.ports import Block

Samples = NDArray[np.float32]
"""Sound of any length, in units of int16."""

TAPS = 32
"""Samples of which one between them is made, by a windowed sinc."""

AFTER = TAPS // 2
"""Samples that are needed after the one at, or before, a place."""

BEFORE = AFTER - 1
"""Samples that are needed before that one."""

_PHASES = 4096
"""Places between two samples that are told apart."""

_KAISER_BETA = 8.0


def interpolated(samples: Samples, start: float, step: float, count: int) -> Block:
    """Return `count` samples of the sound at `start`, at `start + step`, and so on; what overshoots
    full scale between two samples is cut.

    Places are counted in samples from the first one; each is BEFORE at least, and below
    len(samples) - AFTER. `step` is about 1, and `samples` are one after the other in memory.
    """
    places = start + step * np.arange(count)
    whole = places.astype(np.intp)
    phases = np.rint((places - whole) * _PHASES).astype(np.intp)
    whole -= BEFORE
    windows = as_strided(samples, (len(samples) - TAPS + 1, TAPS), 2 * samples.strides)
    # Where no sample is left out or taken twice, a view does, which costs a third less.
    in_a_row = whole[-1] - whole[0] == count - 1
    chosen = windows[whole[0] : whole[-1] + 1] if in_a_row else windows[whole]
    sound: Samples = np.vecdot(chosen, _KERNELS.take(phases, axis=0))
    return np.clip(np.rint(sound), -32768, 32767).astype(np.int16)


def _kernels() -> Samples:
    """Kaiser's windowed sines, shape (_PHASES + 1, TAPS): each for a place between two samples."""
    places = np.arange(_PHASES + 1)[:, np.newaxis] / _PHASES
    distances = np.arange(TAPS) - BEFORE - places
    window = np.i0(_KAISER_BETA * np.sqrt(np.maximum(0, 1 - (distances / AFTER) ** 2)))
    kernels = np.sinc(distances) * window
    result: Samples = (kernels / kernels.sum(axis=1, keepdims=True)).astype(np.float32)
    return result


_KERNELS = _kernels()
