"""Whom a sound device serves in the tests."""

import numpy as np

from homecall_appliance.media.ports import BLOCK_SAMPLES, Block

SILENCE: Block = np.zeros(BLOCK_SAMPLES, np.int16)


class Nobody:
    """A `media.ports.Exchange` that says nothing, and does not listen."""

    def play(self) -> Block:
        """See `Exchange.play`."""
        return SILENCE

    def hear(self, captured: Block, played: Block, skipped: float) -> None:
        """See `Exchange.hear`."""
