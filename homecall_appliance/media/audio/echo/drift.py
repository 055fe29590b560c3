"""How the delay of the echo creeps: the microphone and the loudspeaker have clocks of their own."""

import math

import numpy as np

from homecall_appliance.media.audio.echo.correlation import EARLIEST, RATE, Samples

BEFORE, AFTER = 40, 280
"""Samples of the correlation that are compared: 10 ms before the direct sound, 70 ms after it."""

FINENESS = 8
"""Places between two samples where the comparison looks."""

FASTEST = 200e-6
"""The rate may be this: 100 parts per million for each crystal."""

USUAL = 50e-6
"""How far the rate is from what it is expected to be: the standard deviation."""

EXACT = 8e-6
"""A rate whose standard deviation is lower is known."""

WANDERING = 1e-12 / (60 * RATE)
"""The rate's variance grows by this in each sample: crystals wander by 1 ppm in a minute."""

BLUR = 0.08
"""Standard deviation in samples of what a look tells, of whose power half is like the model's."""

LEAST, MOST = 0.3, 0.9
"""How like the model a look must be to be of the same room, and how like it counts at most, since
looks overlap: correlation coefficients."""

UNLIKELY = 5.0
"""Standard deviations: what differs by more is no drift."""

MEMORY = 80
"""Looks in which the model follows a room that changes."""


class DriftEstimator:
    """Lays a straight line through the delays of the looks.

    It is the Kalman filter of a constant rate (Brookner, "Tracking and Kalman Filtering Made Easy"
    (1998), chapter 2). A look is compared with the mean of the last ones, by all reflections of
    the room at once: that is exact to some microseconds.
    """

    def __init__(self, delay: float, rate: float) -> None:
        """`delay` is that of the direct sound in samples; `rate` what it was before."""
        self._model: Samples | None = None
        self.assumed = rate
        """The rate before the first look."""
        self._state = np.array([delay, rate])
        self._spread = np.diag([0.0, USUAL**2])
        self._looks = 1  # whose mean is the model
        self.alike = False
        """Whether the last look was like the model."""
        self.unlike = 0
        """Looks in a row that had an echo, but another one."""

    @property
    def rate(self) -> float:
        """Samples by which the delay grows in each sample."""
        return float(self._state[1])

    @property
    def known(self) -> bool:
        """Whether the rate is exact by now."""
        return float(self._spread[1, 1]) < EXACT**2

    def delay(self, ahead: float) -> float:
        """Return the delay of the direct sound in `ahead` samples."""
        return float(self._state @ (1.0, ahead))

    def wait(self, samples: float) -> None:
        """Let time pass."""
        step = np.array([[1.0, samples], [0.0, 1.0]])
        self._state = step @ self._state
        self._spread = step @ self._spread @ step.T
        self._spread[1, 1] += WANDERING * samples

    def add(self, correlation: Samples, earlier: float, age: float, *, distinct: bool) -> None:
        """Take a look.

        `earlier` are the samples by which its delays are too small, `age` those since the middle
        of what it looks at, and `distinct` is whether there is an echo for certain.
        """
        then = np.array([1.0, -age])
        expected = float(then @ self._state)
        place = expected - earlier - EARLIEST - BEFORE
        first = min(max(round(place), 0), len(correlation) - BEFORE - AFTER)
        shape = correlation[first : first + BEFORE + AFTER]
        late = place - first
        if self._model is None:
            if distinct:
                self._begin(_moved(shape, -late), age)
            return
        error, alike = _compare(shape, _moved(self._model, late))
        variance = float(then @ self._spread @ then) + _blur(max(alike, LEAST)) ** 2
        self.alike = alike > LEAST and error**2 < UNLIKELY**2 * variance
        if not self.alike:
            self.unlike += distinct
            return
        self.unlike = 0
        gain = self._spread @ then / variance
        self._state = self._state + gain * error
        self._state[1] = np.clip(self._state[1], -FASTEST, FASTEST)
        self._spread = self._spread - np.outer(gain, then @ self._spread)
        late += float(then @ self._state) - expected
        self._looks = min(self._looks + 1, MEMORY)
        self._model += (_moved(shape, -late) - self._model) / self._looks

    def _begin(self, model: Samples, age: float) -> None:
        """Take it that the delay was right `age` samples ago."""
        self._model = model
        rate = self._spread[1, 1]
        self._spread = rate * np.array([[age**2, age], [age, 1.0]])


def _blur(alike: float) -> float:
    """Return the standard deviation in samples of what two shapes tell: it is proportional to the
    amplitude of what they do not have in common, against what they have."""
    return BLUR * math.sqrt(1 / min(alike, MOST) ** 2 - 1)


def _moved(shape: Samples, later: float) -> Samples:
    """Return a shape that comes so many samples later."""
    turns = np.fft.rfftfreq(len(shape)) * later
    return np.fft.irfft(np.fft.rfft(shape) * np.exp(-2j * np.pi * turns), len(shape))


def _compare(shape: Samples, model: Samples) -> tuple[float, float]:
    """Return by how many samples `shape` is later than `model`, and their correlation then."""
    spectrum = np.fft.rfft(shape) * np.conj(np.fft.rfft(model))
    fine = np.fft.irfft(spectrum, FINENESS * len(shape))
    place = int(fine.argmax())
    before, top, after = fine[place - 1], fine[place], fine[(place + 1) % len(fine)]
    bend = before - 2 * top + after
    exact = place + (0.5 * (before - after) / bend if bend else 0.0)
    if exact > len(fine) / 2:
        exact -= len(fine)
    power = float(np.linalg.norm(shape) * np.linalg.norm(model))
    return float(exact / FINENESS), float(FINENESS * top / power)
