"""What a bridge between two clocks has left out of what is played, as far back as it matters."""

from collections import deque

from homecall_appliance.media.ports import BLOCK_SAMPLES, SAMPLE_RATE

REMEMBERED = 3 * SAMPLE_RATE // BLOCK_SAMPLES
"""Blocks: 3 s, more than the echo is sought in and held back."""


class Skips:
    """Samples that were skipped until each moment, of a sum that goes on; below 0: were added."""

    def __init__(self) -> None:
        self._sums = deque([0.0] * REMEMBERED, REMEMBERED)  # at the end of each block

    def add(self, samples: float) -> None:
        """Take it that the next block was compressed by so many samples."""
        self._sums.append(self._sums[-1] + samples)

    def until(self, ago: float) -> float:
        """Return the sum of so many samples ago."""
        blocks, part = divmod(ago / BLOCK_SAMPLES, 1)
        later, earlier = self._sums[-1 - int(blocks)], self._sums[-2 - int(blocks)]
        return later + part * (earlier - later)

    def within(self, ago: float) -> float:
        """Return by how much it grew in the block that ended so many samples ago."""
        return self.until(ago) - self.until(ago + BLOCK_SAMPLES)

    @property
    def rate(self) -> float:
        """Samples that are skipped in each, now."""
        return self.within(0) / BLOCK_SAMPLES
