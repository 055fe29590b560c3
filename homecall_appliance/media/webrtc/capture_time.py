"""When a frame was captured, by the clock of this machine. PURE.

Sound and picture are each numbered by a device's clock of an unknown origin. A phone plays them in
step by the sender reports and the capture times that packets carry, and both have to be of one
clock (RFC 3550, section 6.4.1; libwebrtc, docs/native-code/rtp-hdrext/abs-capture-time).
"""

from collections import deque
from math import inf

WINDOW = 10.0
"""Seconds over which the least delay is looked for: a camera's or a sound card's clock that is off
by 100 ppm has drifted by 1 ms then."""

JUMP = 0.5
"""Seconds by which a frame may be off what is expected; beyond, the device's clock began anew."""

_STEPS = 10
"""Parts of the window of which each keeps its least delay."""


class CaptureTime:
    """Maps the timestamps of one kind of frame to the time of capture.

    Frames come late by a varying time: those of the last seconds that came with the least delay
    tell how the two clocks lie to each other. What every frame takes from its capture to here is
    given by `latency`.
    """

    def __init__(self, clock_rate: int, latency: float) -> None:
        """`clock_rate` is in hertz; `latency` are the seconds that the fastest frame takes."""
        self._clock_rate = clock_rate
        self._latency = latency
        self._least: deque[tuple[float, float]] = deque(maxlen=_STEPS)
        """When each part of the window began, and the least offset in it: seconds by which this
        machine's clock is ahead of the device's."""

    def of(self, timestamp: int, now: float) -> float:
        """Return when the frame with this timestamp was captured that has come `now`, both in
        seconds of time.monotonic()."""
        seconds = timestamp / self._clock_rate
        offset = now - seconds
        if self._least and abs(offset - self._offset()) > JUMP:
            self._least.clear()
        begun, least = self._least[-1] if self._least else (-inf, inf)
        if now - begun >= WINDOW / _STEPS:
            self._least.append((now, offset))
        elif offset < least:
            self._least[-1] = begun, offset
        return seconds + self._offset() - self._latency

    def _offset(self) -> float:
        return min(least for _, least in self._least)
