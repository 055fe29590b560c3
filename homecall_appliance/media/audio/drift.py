"""Sound on its way from one clock to another: what is played, for the echo canceller. PURE.

Two sound cards never agree about what 48 000 samples a second are: their crystals differ by up to
some hundred millionths (ppm), and 500 of them are a block in 40 s. So what comes by one clock is
resampled to the other, by a ratio that follows their difference. How much is waiting is known
between the calls, too (after Adriaensen, "Controlling adaptive resampling", Linux Audio Conference
2012); but nothing hurries back to a wanted delay: an echo canceller needs one that keeps still, and
is told what each block skips.
"""

import math
from collections import deque
from statistics import fmean, linear_regression

import numpy as np

from homecall_appliance.media.audio.interpolation import (
    AFTER,
    BEFORE,
    TAPS,
    Samples,
    interpolated,
)
from homecall_appliance.media.ports import BLOCK_SAMPLES, SAMPLE_RATE, Block

FIRST_TARGET = 2.5 * BLOCK_SAMPLES
"""Samples that wait at a pull, what is about to be pushed included: one block that may not have
been pushed yet, one that is pulled, and half a one for callbacks that are late."""

MORE = 0.5 * BLOCK_SAMPLES
"""Samples that wait besides after each time that there were too few."""

LAST_TARGET = 5 * BLOCK_SAMPLES
"""Samples that wait in the end, whatever happens."""

MOST = 8 * BLOCK_SAMPLES
"""Samples that may wait; where there are more, the newest are gone on with."""

LIMIT = 0.005
"""How far the ratio may be from 1: no clock that works is so far off."""

_PATIENCE, _FORGIVEN = 2, 0.01
"""Blocks that may be missed, and the part of one that is forgiven with each that is not."""

_FEWEST_SECONDS, _SECONDS = 20, 300
"""Seconds of which the drift is learnt, at first and later on."""

_UNCERTAIN = 0.008
"""Seconds by which the waiting samples may seem to be more or fewer than they are."""

_LEAP = round(0.008 * SAMPLE_RATE)
"""Samples: no clock drifts so far in a second."""

_SLOWLY = 20e-6
_AT_LEISURE = 60 * SAMPLE_RATE
"""By how much the ratio may be off to come back, and samples in which it would then."""


class Drift:
    """Pushed to by one thread and pulled from by another, each every 20 ms by its own clock.

    `now` is the moment of the call in seconds by a third clock. By the time since the last push it
    is known to less than a block how much is waiting.
    """

    def __init__(self) -> None:
        self.concealed = 0
        """Blocks pulled that are not, or not wholly, what was pushed."""

        self.skipped = 0.0
        """Samples by which the block that was pulled last is compressed; below 0: stretched. Leaps
        do not count."""

        self._arrived: deque[tuple[Block, float]] = deque(maxlen=2 * MOST // BLOCK_SAMPLES)
        self._samples: Samples = np.zeros(TAPS, np.float32)
        self._at = float(BEFORE)
        self._pushed = -math.inf
        self._target = FIRST_TARGET
        self._filling = True
        self._begun = False
        self._missed = 0.0
        self._follower = Follower()

    @property
    def ppm(self) -> float:
        """By how many millionths the pushing clock is the faster one, as far as it is known."""
        return self._follower.drift * 1e6

    def push(self, block: Block, now: float) -> None:
        """Add a block."""
        self._arrived.append((block, now))

    def pull(self, now: float) -> Block:
        """Return the next block; silence stands for what is not there in time."""
        self._take_in()
        coming = min(max(now - self._pushed, 0.0) * SAMPLE_RATE, BLOCK_SAMPLES)
        level = len(self._samples) - self._at + coming
        if self._filling and level < self._target:
            self.concealed += self._begun
            self.skipped = 0.0
            return np.zeros(BLOCK_SAMPLES, np.int16)
        if self._filling or level > MOST:
            self.concealed += self._begun
            self._begin(coming)
        self._follower.follow(level - self._target)
        self.skipped = (self._follower.ratio - 1) * BLOCK_SAMPLES
        return self._next()

    def _take_in(self) -> None:
        blocks = [self._samples]
        while self._arrived:
            block, self._pushed = self._arrived.popleft()
            blocks.append(block.astype(np.float32))
        if len(blocks) > 1:
            self._samples = np.concatenate(blocks)

    def _begin(self, coming: float) -> None:
        """Go to where as many samples wait as are wanted."""
        self._follower.leap()
        self._at = len(self._samples) + coming - self._target
        self._filling, self._begun = False, True
        self._missed = 0.0

    def _next(self) -> Block:
        """Return a block. What comes too late is left out, so that the delay keeps still; where
        that happens again and again, more samples are to wait."""
        sound = np.zeros(BLOCK_SAMPLES, np.int16)
        ready = int((len(self._samples) - AFTER - self._at) / (1 + LIMIT))
        count = min(max(ready, 0), BLOCK_SAMPLES)
        if count:
            sound[:count] = self._read(count)
        if count == BLOCK_SAMPLES:
            self._missed = max(0.0, self._missed - _FORGIVEN)
            return sound
        self.concealed += 1
        self._missed += 1
        self._at += self._follower.ratio * (BLOCK_SAMPLES - count)
        if self._missed > _PATIENCE:
            self._filling = True
            self._target = min(self._target + MORE, LAST_TARGET)
        return sound

    def _read(self, count: int) -> Block:
        ratio = self._follower.ratio
        sound = interpolated(self._samples, self._at, ratio, count)
        self._at += ratio * count
        done = min(int(self._at), len(self._samples)) - BEFORE
        self._samples, self._at = self._samples[done:], self._at - done
        return sound


class Follower:
    """Learns the ratio that keeps the number of waiting samples; told of it at every pull.

    Callbacks come in patterns that repeat after seconds, and look like a drift that is not there.
    So the ratio is only changed for what a straight line through minutes makes certain, and the way
    back is so slow that an echo canceller takes no notice: it finds the delay by itself, if only
    that keeps still. After a leap another number of samples waits for good.
    """

    def __init__(self) -> None:
        self.drift = 0.0
        """The ratio of the clocks, less 1."""

        self._return = 0.0
        self._gone = 0.0  # samples, more than were returned
        self._second: list[float] = []
        self._seconds: deque[float] = deque(maxlen=_SECONDS)

    @property
    def ratio(self) -> float:
        """Samples that go for each that is returned."""
        return 1 + _limited(self.drift + self._return)

    def follow(self, error: float) -> None:
        """Learn how many samples too many are waiting."""
        self._second.append(error + self._gone)
        self._gone += (self.ratio - 1) * BLOCK_SAMPLES
        if len(self._second) * BLOCK_SAMPLES < SAMPLE_RATE:
            return
        came = fmean(self._second)
        self._second.clear()
        if self._seconds and abs(came - self._seconds[-1]) > _LEAP:
            self.leap()
        self._seconds.append(came)
        self._learn(came - self._gone)

    def leap(self) -> None:
        """Forget what was waiting: it is another number now."""
        self._second.clear()
        self._seconds.clear()

    def _learn(self, error: float) -> None:
        count = len(self._seconds)
        if count >= _FEWEST_SECONDS:
            slope = linear_regression(range(count), self._seconds).slope / SAMPLE_RATE
            if abs(slope - self.drift) > _UNCERTAIN / count:
                self.drift = _limited(slope)
        self._return = min(max(error / _AT_LEISURE, -_SLOWLY), _SLOWLY)


def _limited(value: float) -> float:
    return min(max(value, -LIMIT), LIMIT)
