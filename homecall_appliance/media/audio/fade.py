"""How sound begins and ends at a gap: a step would be heard as a click. PURE."""

import numpy as np

from homecall_appliance.media.ports import Block

FADE = 120
"""Samples, 2.5 ms: too short to be missed, and too long to click."""

RISE = (0.5 - 0.5 * np.cos(np.pi * (np.arange(FADE) + 0.5) / FADE)).astype(np.float32)
"""Shape (FADE,): from 0 to 1."""

FALL = RISE[::-1]


def joined(block: Block, before: int = 0) -> Block:
    """Let a block begin at the sample before the gap that it comes after."""
    block = block.copy()
    block[:FADE] = np.rint(block[:FADE] * RISE + before * FALL)
    return block
