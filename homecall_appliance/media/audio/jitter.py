"""How late the parts of a stream come, and so how long they must wait to be even again. PURE.

What counts is the delay in excess of the fastest part of the last seconds: the constant delay is
not known, and the other side's clock, which drifts against ours, moves it slowly.
"""

from math import inf

import numpy as np

from homecall_appliance.media.ports import SAMPLE_RATE

LEAST, MOST = 0.020, 0.300
"""Seconds to wait at least, and at most."""

FIRST = 0.040
"""Seconds to wait while little is known."""

ON_TIME = 0.97
"""The part of the stream that is to be in time."""

MARGIN = 0.010
"""Seconds added to what was seen."""

WINDOW = 5.0
"""Seconds for which the fastest part counts; twice that at most."""

MEMORY = 100
"""Parts after which what was seen counts by a third: two seconds of the usual."""

_BIN = 0.005
_BINS = round(MOST / _BIN) + 1


class Jitter:
    """Learns from each part; times are seconds of any steady clock."""

    def __init__(self) -> None:
        self._fastest = self._fastest_before = inf
        self._window_ends = -inf
        self._seen = np.zeros(_BINS)
        self._weight = 0.0

    def arrived(self, timestamp: int, now: float) -> float:
        """Take that a part came, by the number of samples before it in its stream.

        Returns its excess in seconds.
        """
        delay = now - timestamp / SAMPLE_RATE
        if now > self._window_ends:
            self._fastest_before, self._fastest = self._fastest, inf
            self._window_ends = now + WINDOW
        self._fastest = min(self._fastest, delay)
        excess = delay - self._base
        self._seen *= 1 - 1 / MEMORY
        self._seen[min(int(excess / _BIN) + 1, _BINS - 1)] += 1 / MEMORY
        self._weight += (1 - self._weight) / MEMORY
        return excess

    def newest(self, now: float) -> float:
        """Return the timestamp of what the fastest part would bring at this moment."""
        return (now - self._base) * SAMPLE_RATE

    @property
    def wait(self) -> float:
        """Seconds to wait in all, counted from the arrival of the fastest."""
        reached = np.cumsum(self._seen) >= ON_TIME * self._weight
        enough = int(np.argmax(reached)) * _BIN + MARGIN
        unknown = FIRST * (1 - 2 * self._weight)
        return min(max(enough, LEAST, unknown), MOST)

    @property
    def _base(self) -> float:
        return min(self._fastest, self._fastest_before)
