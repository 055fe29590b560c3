"""A straight line through the delays of an echo, of which each look is somewhat wrong."""

import numpy as np
import pytest

from homecall_appliance.media.audio.echo.correlation import EARLIEST, LATEST, RATE, Samples
from homecall_appliance.media.audio.echo.drift import DriftEstimator

STEP = 640
"""Samples from one look to the next."""

AGE = 2400.0
DELAY = 160

NUMBERS = np.random.default_rng(8)


def room() -> Samples:
    """Return the direct sound and its reflections as a correlation from EARLIEST on."""
    taps = np.zeros(LATEST - EARLIEST)
    taps[:200] = NUMBERS.standard_normal(200) * np.exp(-np.arange(200) / 60)
    taps[0] = 4.0
    return taps


def look(delay: float) -> Samples:
    """Return a correlation with an echo at that delay, and noise."""
    frequencies = np.fft.rfftfreq(len(ROOM))
    spectrum = np.fft.rfft(ROOM) * np.exp(-2j * np.pi * frequencies * (delay - EARLIEST))
    spectrum[(frequencies < 200 / RATE) | (frequencies > 1800 / RATE)] = 0
    return np.fft.irfft(spectrum, len(ROOM)) + NUMBERS.standard_normal(len(ROOM)) / 10


ROOM = room()


class Clock:
    """An estimator, and what it is shown."""

    def __init__(self, rate: float, before: float = 0.0) -> None:
        self.rate = rate
        self.time = 0.0
        self.estimator = DriftEstimator(DELAY, before)

    def look(self, *, later: int = 0, distinct: bool = True, base: int = 0) -> None:
        self.pause(STEP)
        delay = DELAY + later + self.rate * (self.time - AGE)
        self.estimator.add(look(delay - base), base, AGE, distinct=distinct)

    def look_at_noise(self) -> None:
        self.pause(STEP)
        noise = NUMBERS.standard_normal(LATEST - EARLIEST)
        self.estimator.add(noise, 0, AGE, distinct=False)

    def pause(self, samples: float) -> None:
        self.time += samples
        self.estimator.wait(samples)

    @property
    def error(self) -> float:
        """How wrong the rate is, in parts per million."""
        return 1e6 * abs(self.estimator.rate - self.rate)


@pytest.mark.parametrize("rate", [0.0, 30e-6, -100e-6, 190e-6])
def test_the_rate_is_found_within_some_looks(rate: float) -> None:
    clock = Clock(rate)
    for _ in range(12):
        clock.look()
    assert clock.estimator.known
    assert clock.error < 16
    for _ in range(30):
        clock.look()
    assert clock.error < 6


def test_two_looks_tell_it_if_there_is_a_pause_between_them() -> None:
    clock = Clock(80e-6)
    clock.look()
    assert clock.error == pytest.approx(80)
    clock.pause(3 * RATE)
    clock.look()
    assert clock.estimator.known
    assert clock.error < 8


def test_it_tells_the_delay_that_will_be() -> None:
    clock = Clock(-60e-6)
    for _ in range(40):
        clock.look()
    now = clock.estimator.delay(0)
    assert now == pytest.approx(DELAY + clock.rate * clock.time, abs=0.2)
    for ahead in (STEP, 100 * RATE):
        grown = clock.estimator.delay(ahead) - now
        assert grown == pytest.approx(clock.rate * ahead, rel=0.05)


def test_nothing_is_learnt_before_there_is_an_echo_for_certain() -> None:
    clock = Clock(100e-6)
    for _ in range(20):
        clock.look_at_noise()
    assert clock.estimator.rate == 0
    assert not clock.estimator.known
    clock.look()
    clock.look()
    assert clock.estimator.alike


def test_a_look_without_the_echo_changes_nothing() -> None:
    clock = Clock(50e-6)
    for _ in range(20):
        clock.look()
    for _ in range(20):
        clock.look_at_noise()
        assert clock.estimator.unlike == 0
    assert clock.error < 10
    clock.look()
    assert clock.estimator.alike
    assert clock.error < 10


def test_another_echo_is_counted_until_the_old_one_is_back() -> None:
    clock = Clock(0.0)
    for _ in range(5):
        clock.look()
    for times in range(1, 4):
        clock.look(later=20)
        assert clock.estimator.unlike == times
    clock.look()
    assert clock.estimator.unlike == 0


def test_what_was_known_of_a_clock_is_known_still() -> None:
    clock = Clock(100e-6, before=99e-6)
    for _ in range(20):
        clock.look()
        assert clock.error < 16


def test_the_place_in_the_correlation_does_not_matter() -> None:
    clock = Clock(100e-6)
    for times in range(40):
        clock.look(base=0 if times < 20 else 60)
        assert not times or clock.estimator.alike
    assert clock.error < 6


@pytest.mark.parametrize("base", [0, 280, 1950, -1950])
def test_an_echo_at_the_edge_of_the_correlation_does_no_harm(base: int) -> None:
    clock = Clock(100e-6)
    for _ in range(5):
        clock.look(base=base)
    assert abs(clock.estimator.rate) <= 200e-6
