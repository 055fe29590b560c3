"""Whether a queue on the way grows (libwebrtc, TrendlineEstimator).

A line is fitted through the delays of the last groups; its slope is compared with a threshold that
adapts to how the path behaves by itself (draft-ietf-rmcat-gcc-02, section 5.4).
"""

from collections import deque
from enum import Enum, auto

from homecall_appliance.media.rtp.congestion.inter_arrival import Gradient

WINDOW = 20
"""Groups that the line goes through."""

SMOOTHING = 0.9
"""Weight of the former delays in the smoothed one."""

GAIN = 4.0
"""With which a slope is multiplied."""

MOST_DELTAS = 60
"""Groups from which on a slope has its full weight."""

OVERUSE_TIME = 0.010
"""Seconds for which a slope must be above the threshold."""

FIRST_THRESHOLD = 0.0125
LEAST_THRESHOLD, MOST_THRESHOLD = 0.006, 0.600
"""Seconds."""

UP, DOWN = 8.7, 39.0
"""Per second: how fast the threshold follows a slope above it, and one below."""

MOST_OFFSET = 0.015
"""Seconds by which a slope may be off the threshold and still adapt it."""

MOST_STEP = 0.1
"""Seconds between two groups that count at most for the threshold."""


class Usage(Enum):
    """What the path has to bear."""

    NORMAL = auto()
    OVERUSING = auto()
    UNDERUSING = auto()


class Trendline:
    """Judges the gradients of one path."""

    def __init__(self) -> None:
        self.usage = Usage.NORMAL
        self._points: deque[tuple[float, float]] = deque(maxlen=WINDOW)
        """The arrival of a group, and the smoothed delay up to it, in seconds."""

        self._deltas = 0
        self._delay = self._smoothed = 0.0
        self._slope = 0.0
        self._threshold = FIRST_THRESHOLD
        self._adapted: float | None = None
        self._overusing: float | None = None
        """Seconds for which it was over the threshold; None: it is not."""

        self._overuses = 0

    def gradient(self, gradient: Gradient, arrived: float) -> Usage:
        """Take the gradient of a group that arrived then, in seconds of the receiver's clock."""
        self._deltas = min(self._deltas + 1, 1000)
        self._delay += gradient.delay
        self._smoothed = SMOOTHING * self._smoothed + (1 - SMOOTHING) * self._delay
        self._points.append((arrived, self._smoothed))
        slope = self._slope
        if len(self._points) == WINDOW:
            slope = _slope(self._points)
        self._detect(slope, gradient.sent, arrived)
        return self.usage

    def _detect(self, slope: float, sent: float, arrived: float) -> None:
        if self._deltas < 2:
            return
        # In libwebrtc all of it is in milliseconds; a slope has no unit.
        modified = min(self._deltas, MOST_DELTAS) * slope * GAIN / 1000
        if modified > self._threshold:
            if self._overusing is None:
                self._overusing = sent / 2
            else:
                self._overusing += sent
            self._overuses += 1
            if self._overusing > OVERUSE_TIME and self._overuses > 1 and slope >= self._slope:
                self._overusing, self._overuses = 0.0, 0
                self.usage = Usage.OVERUSING
        else:
            self._overusing, self._overuses = None, 0
            below = modified < -self._threshold
            self.usage = Usage.UNDERUSING if below else Usage.NORMAL
        self._slope = slope
        self._adapt(modified, arrived)

    def _adapt(self, modified: float, now: float) -> None:
        if self._adapted is None:
            self._adapted = now
        if abs(modified) <= self._threshold + MOST_OFFSET:
            speed = DOWN if abs(modified) < self._threshold else UP
            passed = min(now - self._adapted, MOST_STEP)
            self._threshold += speed * (abs(modified) - self._threshold) * passed
            self._threshold = min(max(self._threshold, LEAST_THRESHOLD), MOST_THRESHOLD)
        self._adapted = now


def _slope(points: deque[tuple[float, float]]) -> float:
    """Return the slope of the line of least squares through some points."""
    mean_x = sum(x for x, _ in points) / len(points)
    mean_y = sum(y for _, y in points) / len(points)
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    if spread == 0:
        return 0.0
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / spread
