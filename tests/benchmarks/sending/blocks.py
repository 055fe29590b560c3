"""Blocks of sound as plain aiortc wants them."""

from fractions import Fraction

from av import AudioFrame

from homecall_appliance.media.ports import BLOCK_SAMPLES, SAMPLE_RATE, Block


class Framer:
    """Makes frames of the blocks of one source, one after the other."""

    def __init__(self) -> None:
        self._samples = 0

    def frame(self, block: Block) -> AudioFrame:
        """Return the frame of the next block."""
        frame = AudioFrame.from_ndarray(block.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate, frame.time_base = SAMPLE_RATE, Fraction(1, SAMPLE_RATE)
        frame.pts = self._samples
        self._samples += BLOCK_SAMPLES
        return frame
