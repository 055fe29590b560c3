"""What is done with the sound of a phone."""

import numpy as np
from av import AudioFrame

from homecall_appliance.media.ports import BLOCK_SAMPLES, Block


class Blocks:
    """Turns the frames of a decoder into blocks: any length, one or two channels, 48 kHz s16."""

    def __init__(self) -> None:
        self._rest = np.zeros(0, np.int16)

    def take(self, frame: AudioFrame) -> list[Block]:
        """Add a frame; return the blocks that are full."""
        channels = len(frame.layout.channels)
        samples = frame.to_ndarray().reshape(-1, channels).mean(axis=1).astype(np.int16)
        samples = np.concatenate([self._rest, samples])
        whole = len(samples) // BLOCK_SAMPLES * BLOCK_SAMPLES
        self._rest = samples[whole:]
        return list(samples[:whole].reshape(-1, BLOCK_SAMPLES))
