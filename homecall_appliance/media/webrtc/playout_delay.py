"""How long a phone may hold our picture back before it is shown. PURE.

A browser holds pictures back to show them evenly and in step with the sound: on a near path that is
most of the time from glass to glass. The page cannot take that time away: `jitterBufferTarget` and
`playoutDelayHint` of an RTCRtpReceiver are a *minimum* in Chromium and Safari (libwebrtc,
SetBaseMinimumPlayoutDelayMs), which is 0 by itself, for sound as well (NetEq). What a browser takes
for a maximum is a header extension of the picture's packets, playout-delay (libwebrtc,
docs/native-code/rtp-hdrext/playout-delay), and it goes before the sound's delay. So it is the
sender that decides, by what the phone reports (RFC 3550, section 6.4.1): pictures are shown as they
come while the path is near, and as the browser would show them as soon as losses, the round trip or
jitter say that they would come unevenly. Sound has no such extension and keeps its delay.

`python -m tests.benchmarks.low_delay` measures all of that. In Chromium 156, medians of 4 calls in
turn, milliseconds from glass to glass: 143 without, 136 with a jitterBufferTarget of 0, 47 with the
extension. Sound came 130 ms after the picture then, with a camera that takes no time and a real one
takes some: people notice from 125 ms on, and bear 185 (ITU-R BT.1359-1).
"""

from collections import deque
from typing import NamedTuple

CALM = 5.0
"""Seconds without anything that speaks against it until pictures are shown as they come."""

WINDOW = 2.0
"""Seconds over which losses are averaged: about 250 packets, four reports or more."""

MOST_REPORTS = 50
"""Of that time that count at most: a phone may send as many as it likes."""


class PathLimits(NamedTuple):
    """What a path has less of; the members of PathReport."""

    loss: float
    round_trip: float
    jitter: float


NEAR = PathLimits(loss=0.005, round_trip=0.030, jitter=0.010)
"""A path with less of each is near: that of a house has a round trip below 10 ms, and a lost packet
in it is sent again before the next picture is due."""

FAR = PathLimits(loss=0.010, round_trip=0.050, jitter=0.020)
"""A path with as much of one is not near any more."""


def _limits(least: int, most: int) -> bytes:
    """Return the value of the extension: the limits are in units of 10 ms."""
    return (least << 12 | most).to_bytes(3, "big")


AT_ONCE = _limits(0, 1)
"""Up to 10 ms. With 0 as the maximum, Firefox has been reported to show nothing
(meetecho/janus-gateway, issue 2981)."""

UNLIMITED = _limits(0, 1000)
"""Up to 10 s, which is the browser's own limit: it decides as if there was no extension."""


class PlayoutDelay:
    """The limit for one phone. Time comes in as an argument: seconds of any clock that goes on."""

    def __init__(self) -> None:
        self.is_low = False
        """Whether pictures are to be shown as they come."""

        self._losses: deque[tuple[float, float]] = deque(maxlen=MOST_REPORTS)
        """The times of the reports of late, and what they said was lost."""

        self._calm_since: float | None = None

    def extension(self) -> bytes:
        """Return the value of the extension that each packet of the picture has: three bytes."""
        return AT_ONCE if self.is_low else UNLIMITED

    def report(self, fraction: float, round_trip: float | None, jitter: float, now: float) -> None:
        """Take a report: which fraction of the packets was lost since the last one, in [0, 1); how
        long it takes there and back, in seconds, None where that is not known yet; and the
        interarrival jitter in seconds."""
        self._losses.append((now, fraction))
        while now - self._losses[0][0] > WINDOW:
            self._losses.popleft()
        loss = sum(each for _, each in self._losses) / len(self._losses)
        path = loss, float("inf") if round_trip is None else round_trip, jitter
        if any(has >= limit for has, limit in zip(path, FAR, strict=True)):
            self.is_low, self._calm_since = False, None
        elif any(has >= limit for has, limit in zip(path, NEAR, strict=True)):
            self._calm_since = None
        elif self._calm_since is None:
            self._calm_since = now
        elif now - self._calm_since >= CALM:
            self.is_low = True
