"""Timestamps of cameras whose clocks stand still, jump, or go backwards."""

from fractions import Fraction
from itertools import pairwise

import pytest

from homecall_appliance.media.camera.capture_clock import CaptureClock

PERIOD = 0.04
"""Between two pictures, by our clock."""


def read(stamps: list[float], arrivals: list[float] | None = None) -> list[float]:
    """The times in seconds of pictures that come one by one."""
    clock = CaptureClock()
    nows = arrivals or [50 + PERIOD * number for number in range(len(stamps))]
    pairs = zip(stamps, nows, strict=True)
    return [clock.read(Fraction(stamp), now) / 1_000_000 for stamp, now in pairs]


def test_a_clock_that_goes_well_counts() -> None:
    stamps = [7.0, 7.041, 7.079, 7.12, 7.161]
    assert read(stamps) == pytest.approx(stamps)


def test_pictures_that_have_waited_keep_their_distance() -> None:
    stamps = [7.0, 7.04, 7.08, 7.12, 7.16]
    assert read(stamps, [50, 50.16, 50.16, 50.16, 50.16]) == pytest.approx(stamps)


def test_b_pictures_are_older_than_the_one_before() -> None:
    stamps = [7.0, 7.12, 7.04, 7.08, 7.24]
    assert read(stamps) == pytest.approx(stamps)


@pytest.mark.parametrize(
    "stamps",
    [
        [0.0] * 6,  # none at all (raspberrypi/linux 1836)
        [7.0] * 6,  # always the first (raspberrypi/linux 2351)
        [7.0, 7.04, 9000.0, 9000.04, 9000.08, 9000.12],  # ahead by hours
        [7.0, 7.04, 2.0, 2.04, 2.08, 2.12],  # back (pupil 1812)
        [7.0, 7.04, -900.0, -899.96, 7.16, 7.2],  # and forth (pyuvc 64)
        [7.0, 6.5e3, 7.08, 1.3e4, 7.16, 2e4],
    ],
)
def test_otherwise_the_time_of_arrival_counts(stamps: list[float]) -> None:
    times = read(stamps)
    assert times[0] == stamps[0]
    steps = [later - earlier for earlier, later in pairwise(times)]
    assert steps == pytest.approx([PERIOD] * 5, abs=1e-5)
