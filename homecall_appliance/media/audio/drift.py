"""Sound on its way from one clock to another: what is played, for the echo canceller. PURE.

Two sound cards never agree about what 48 000 samples a second are: their crystals differ by up to
some hundred millionths (ppm), and 500 of them are a block in 40 s. So what comes by one clock is
resampled to the other, by a ratio that follows their difference (after Adriaensen, "Controlling
adaptive resampling", Linux Audio Conference 2012).

A sine of up to 8 kHz comes out 80 dB above everything else, where the ratio does not change, and
what is below 16 kHz keeps its level. The way takes DELAY, and never more than LONGEST_DELAY.
"""

import math
from collections import deque

import numpy as np

from homecall_appliance.media.audio.fade import FADE, FALL, RISE, Samples
from homecall_appliance.media.ports import BLOCK_SAMPLES, SAMPLE_RATE, Block

TARGET = 3 * BLOCK_SAMPLES
"""Samples that wait at a pull, what is about to be pushed included: one block that may not have
been pushed yet, one that is pulled, and one for callbacks that are late."""

MOST = 6 * BLOCK_SAMPLES
"""Samples that may wait; where there are more, the newest are gone on with."""

LIMIT = 0.005
"""How far the ratio may be from 1: a twelfth of a semitone, which no voice shows."""

_TAPS = 16
_HALF = _TAPS // 2
_PHASES = 4096
_KAISER_BETA = 8.0

DELAY = (TARGET - BLOCK_SAMPLES - _HALF) / SAMPLE_RATE
"""Seconds from the push of a block until it is pulled."""

LONGEST_DELAY = DELAY + (MOST - TARGET) / SAMPLE_RATE
"""Seconds: what is later is left out."""


class Drift:
    """Pushed to by one thread and pulled from by another, each every 20 ms by its own clock.

    `now` is the moment of the call in seconds by a third clock. By the time since the last push it
    is known to less than a block how much is waiting.
    """

    def __init__(self) -> None:
        self.concealed = 0
        """Blocks pulled that are not, or not wholly, what was pushed."""

        self._arrived: deque[tuple[Block, float]] = deque(maxlen=2 * MOST // BLOCK_SAMPLES)
        self._samples: Samples = np.zeros(_TAPS, np.float32)
        self._at = 0.0
        self._pushed = -math.inf
        self._filling = True
        self._begun = False
        self._follower = Follower()

    @property
    def ppm(self) -> float:
        """By how many millionths the pushing clock is the faster one, as far as it is known."""
        return self._follower.drift * 1e6

    def push(self, block: Block, now: float) -> None:
        """Add a block."""
        self._arrived.append((block, now))

    def pull(self, now: float) -> Block:
        """Return the next block; where there is none, it fades out, is silence, and fades in."""
        self._take_in()
        coming = min(max(now - self._pushed, 0.0) * SAMPLE_RATE, BLOCK_SAMPLES)
        level = len(self._samples) - self._at + coming
        if self._filling and level < TARGET:
            self.concealed += self._begun
            return np.zeros(BLOCK_SAMPLES, np.int16)
        if self._filling:
            sound = self._go_on(coming, before=np.zeros(FADE, np.float32))
        elif level > MOST:
            self.concealed += 1
            sound = self._go_on(coming, before=self._read(FADE))
        else:
            self._follower.follow(level - TARGET)
            sound = self._read_or_fade()
        return np.clip(np.rint(sound), -32768, 32767).astype(np.int16)

    def _take_in(self) -> None:
        blocks = [self._samples]
        while self._arrived:
            block, self._pushed = self._arrived.popleft()
            blocks.append(block.astype(np.float32))
        if len(blocks) > 1:
            self._samples = np.concatenate(blocks)

    def _go_on(self, coming: float, before: Samples) -> Samples:
        """Read a block where TARGET samples are waiting; `before`, (FADE,), is faded out."""
        self._at = len(self._samples) + coming - TARGET
        self._filling, self._begun = False, True
        sound = self._read(BLOCK_SAMPLES)
        sound[:FADE] = sound[:FADE] * RISE + before * FALL
        return sound

    def _read_or_fade(self) -> Samples:
        ready = int((len(self._samples) - _TAPS - self._at) / (1 + LIMIT))
        if ready > BLOCK_SAMPLES + FADE:  # the next one can fade, if it must
            return self._read(BLOCK_SAMPLES)
        self.concealed += 1
        self._filling = True
        count = min(ready, BLOCK_SAMPLES)
        sound = np.zeros(BLOCK_SAMPLES, np.float32)
        sound[:count] = self._read(count)
        sound[count - FADE : count] *= FALL
        return sound

    def _read(self, count: int) -> Samples:
        places = self._at + self._follower.ratio * np.arange(count + 1)
        self._at = float(places[-1])
        whole = places[:-1].astype(np.intp)
        phases = np.rint((places[:-1] - whole) * _PHASES).astype(np.intp)
        windows = np.lib.stride_tricks.sliding_window_view(self._samples, _TAPS)
        sound: Samples = np.einsum("ij,ij->i", windows[whole], _KERNELS[phases])
        done = int(self._at)
        self._samples, self._at = self._samples[done:], self._at - done
        return sound


class Follower:
    """Finds the ratio that keeps the number of waiting samples; told of it at every pull.

    A slow loop of the second order: within a minute or two it knows the drift, and what callbacks
    are late by chance moves the ratio by less than a hundred millionths.
    """

    _PULLS = SAMPLE_RATE / BLOCK_SAMPLES  # a second
    _SMOOTHING = 1 / (2.0 * _PULLS)  # a mean of 2 s
    _SPEED = 0.06  # radians a second, critically damped
    _PROPORTIONAL = 2 * _SPEED / SAMPLE_RATE
    _INTEGRAL = _SPEED**2 / SAMPLE_RATE / _PULLS

    def __init__(self) -> None:
        self.drift = 0.0
        """The ratio of the clocks, less 1."""

        self._error = 0.0

    @property
    def ratio(self) -> float:
        """Samples that go for each that is returned."""
        return 1 + _limited(self.drift + self._PROPORTIONAL * self._error)

    def follow(self, error: float) -> None:
        """Learn how many samples too many are waiting."""
        self._error += (error - self._error) * self._SMOOTHING
        self.drift = _limited(self.drift + self._INTEGRAL * self._error)


def _limited(value: float) -> float:
    return min(max(value, -LIMIT), LIMIT)


def _kernels() -> Samples:
    """Kaiser's windowed sines, shape (_PHASES + 1, _TAPS): each for a place between two samples."""
    places = np.arange(_PHASES + 1)[:, np.newaxis] / _PHASES
    distances = np.arange(_TAPS) - (_HALF - 1) - places
    window = np.i0(_KAISER_BETA * np.sqrt(np.maximum(0, 1 - (distances / _HALF) ** 2)))
    kernels = np.sinc(distances) * window
    result: Samples = (kernels / kernels.sum(axis=1, keepdims=True)).astype(np.float32)
    return result


_KERNELS = _kernels()
