"""Whether a webcam's own H.264 is passed on, or decoded and encoded anew. PURE.

Passing on costs nothing, but a webcam goes its own way. Whoever needs what it does not give gets
it from the software, until the next of its key frames that serves everybody.
"""

from collections import deque
from dataclasses import dataclass
from math import inf

SOON = 0.5
"""Seconds that a viewer may wait for the webcam's key frame: as long as for the next one that the
daemon asks for."""

WINDOW = 2.0
"""Seconds over which the webcam's bitrate is measured."""

SLACK = 1.25
"""How much more than the allowed bitrate does not yet matter, once the stream is passed on."""


@dataclass(frozen=True)
class Step:
    """What happens to one access unit."""

    passes: bool
    force_keyframe: bool
    """Whether the webcam is to be asked for a key frame."""


class Passing:
    """Decides for one access unit after the other."""

    def __init__(self, *, forcible: bool, steerable: bool) -> None:
        """`forcible`, `steerable`: whether it has controls for key frames, for its bitrate."""
        self._forcible = forcible
        self._steerable = steerable
        self._passes = False
        self._asked: int | None = None
        self._waiting: float | None = None
        self._last_keyframe = -inf
        self._interval = inf
        self._allowed = 0
        self._steered = -inf
        self._sizes: deque[tuple[float, int]] = deque()

    def decide(
        self,
        now: float,
        size: int,
        *,
        keyframe: bool,
        baseline: bool,
        allowed: int,
        asked: int | None,
    ) -> Step:
        """Take the unit of `size` bytes that was captured at `now`, in seconds.

        `allowed` is in bit/s. `asked` counts the key frames that were asked for; None: nobody
        watches H.264.
        """
        self._measure(now, size)
        self._steer(now, allowed)
        wanted = asked is not None and asked != self._asked
        self._asked = asked
        if keyframe:
            self._interval, self._last_keyframe = now - self._last_keyframe, now
            self._waiting = None
        elif wanted:
            self._waiting = now
        if self._passes:
            self._passes = baseline and self._bears(now, SLACK) and not self._stubborn(now)
        else:
            self._passes = keyframe and baseline and self._bears(now, 1.0)
        if not self._passes:
            self._waiting = None
        return Step(self._passes, wanted and not keyframe and self._forcible)

    def _measure(self, now: float, size: int) -> None:
        self._sizes.append((now, size))
        while now - self._sizes[0][0] > WINDOW:
            self._sizes.popleft()

    def _steer(self, now: float, allowed: int) -> None:
        # From the first of several orders on: the network's limit may sink again and again.
        if allowed < self._allowed and self._steerable and now - self._steered >= WINDOW:
            self._steered = now
        self._allowed = allowed

    def _bears(self, now: float, slack: float) -> bool:
        """Whether the network bears what the webcam sends, or it was just told to send less."""
        if now - self._steered < WINDOW:
            return True
        sent = 8 * sum(size for _, size in self._sizes) / WINDOW
        return sent <= slack * self._allowed

    def _stubborn(self, now: float) -> bool:
        """Whether a key frame is waited for that will not come soon."""
        if self._waiting is None:
            return False
        if self._forcible:
            # It may have the control, and do nothing: then it is not relied on again.
            self._forcible = now - self._waiting < SOON
            return not self._forcible
        return self._last_keyframe + self._interval - self._waiting > SOON or (
            now - self._waiting > SOON
        )
