"""How much later the microphone hears what the loudspeaker is given."""

import numpy as np

from homecall_appliance.media.audio.echo.correlation import EARLIEST, RATE, Samples

DISTINCT = 2.3
"""How much higher a peak must be than any other: without an echo it hardly ever is so twice."""

BEFORE, AFTER = round(0.012 * RATE), round(0.1 * RATE)
"""Samples before and after a peak in which others are those of the same room."""

TOLERANCE = round(0.005 * RATE)
"""Samples by which two looks may differ: the highest peak may be a reflection by what is near."""


class DelayEstimator:
    """Believes in a peak of the correlation that is distinct, and is there a second time."""

    def __init__(self) -> None:
        self._last: int | None = None

    def add(self, correlation: Samples) -> int | None:
        """Return the delay in samples of the correlation, if this look confirms the last one."""
        last, self._last = self._last, _peak(correlation)
        if last is None or self._last is None or abs(self._last - last) > TOLERANCE:
            return None
        return self._last


def _peak(correlation: Samples) -> int | None:
    heights = np.abs(correlation)
    place = int(heights.argmax())
    height = heights[place]
    heights[max(0, place - BEFORE) : place + AFTER] = 0
    return place + EARLIEST if height > DISTINCT * heights.max() else None
