"""How the delay of the echo creeps: the microphone and the loudspeaker have clocks of their own."""

from collections import deque

import numpy as np

from homecall_appliance.media.audio.echo.correlation import EARLIEST, Samples

BEFORE, AFTER = 40, 280
"""Samples of the correlation that are compared: 10 ms before the direct sound, 70 ms after it."""

FINENESS = 8
"""Places between two samples where the comparison looks."""

LARGEST = 1.0
"""Samples: what differs by more from one look to the next is no drift."""

FEWEST, MOST = 6, 80
"""How many looks count: at the beginning, and at most. Fewer are quicker, more are exact."""

FASTEST = 0.13
"""Samples that the rate may be: in the 160 ms between two looks 200 ppm, 100 for each crystal."""

KNOWN = 22
"""How many must count for the rate to hold for the last second as well: 2.5 s after the first."""

SETTLED = 7
"""Looks before the first that counts: then the echo fills the window."""

LATENCY = 4
"""Looks ago was the middle of the window of the correlation: 640 ms."""

MEMORY = 80
"""Looks in which the model follows a room that changes."""


class DriftEstimator:
    """Lays a straight line through the delays of the looks, as they would be without correction.

    It is the growing-memory alpha-beta filter of Brookner, "Tracking and Kalman Filtering Made
    Easy" (1998), section 1.2.10. A look is compared with the mean of the last ones, by all
    reflections of the room at once: that is exact to some microseconds.
    """

    def __init__(self, delay: int, rate: float = 0.0) -> None:
        """`delay` is that of the direct sound, in samples of the correlation."""
        first = max(0, delay - EARLIEST - BEFORE)
        self._part = slice(first, first + BEFORE + AFTER)
        self._model: Samples | None = None
        self._lags: deque[float] = deque(maxlen=LATENCY + 1)
        self._wait = SETTLED
        self._looks = FEWEST
        self._place = 0.0
        self.rate = rate
        """Samples by which the delay grows from one look to the next."""
        self.unlike = 0
        """Looks in a row that were not like the model."""

    @property
    def known(self) -> bool:
        """Whether the rate is exact to some parts per million by now."""
        return self._looks >= KNOWN

    def add(self, correlation: Samples | None, lag: float) -> float | None:
        """Return the lag that is right for the next look; None at first.

        `lag` is by how many samples what is played is held back now. No correlation: a pause.
        """
        self._lags.append(lag)
        self._place += self.rate
        if correlation is not None and self._wait:
            self._wait -= 1
        elif correlation is not None:
            self._compare(correlation[self._part])
        return None if self._model is None else self._place + (LATENCY + 1) * self.rate

    def _compare(self, shape: Samples) -> None:
        if self._model is None:
            self._model = shape.copy()
            self._place = self._lags[0]
        shift = _shift(shape, self._model)
        if abs(shift) > LARGEST:
            self.unlike += 1
            return
        self.unlike = 0
        self._model += (shape - self._model) / MEMORY
        error = self._lags[0] + shift - self._place
        pairs = self._looks * (self._looks + 1)
        self._place += 2 * (2 * self._looks - 1) / pairs * error
        self.rate = float(np.clip(self.rate + 6 / pairs * error, -FASTEST, FASTEST))
        self._looks = min(self._looks + 1, MOST)


def _shift(shape: Samples, model: Samples) -> float:
    """Return by how many samples `shape` is later than `model`."""
    spectrum = np.fft.rfft(shape) * np.conj(np.fft.rfft(model))
    fine = np.fft.irfft(spectrum, FINENESS * len(shape))
    place = int(fine.argmax())
    before, top, after = fine[place - 1], fine[place], fine[(place + 1) % len(fine)]
    bend = before - 2 * top + after
    exact = place + (0.5 * (before - after) / bend if bend else 0.0)
    if exact > len(fine) / 2:
        exact -= len(fine)
    return float(exact / FINENESS)
