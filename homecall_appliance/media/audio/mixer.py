"""Blocks added up, and how loud they are. PURE."""

import math
from collections.abc import Sequence

import numpy as np

from homecall_appliance.media.audio.stats import SILENCE_DBFS
from homecall_appliance.media.ports import BLOCK_SAMPLES, Block

_FULL_SCALE = 32768


def mix(blocks: Sequence[Block], gain: float) -> Block:
    """Return the sum of all, times `gain`; what is louder than full scale is cut."""
    if not blocks:
        return np.zeros(BLOCK_SAMPLES, np.int16)
    mixed = np.asarray(np.sum(blocks, axis=0, dtype=np.float32) * gain)
    return np.clip(mixed, -_FULL_SCALE, _FULL_SCALE - 1).astype(np.int16)


def level(block: Block) -> float:
    """Return the RMS level in dB relative to full scale."""
    rms = float(np.sqrt(np.mean(np.square(block.astype(np.float32)))))
    return max(SILENCE_DBFS, 20 * math.log10(rms / _FULL_SCALE)) if rms else SILENCE_DBFS
