"""What is learnt of a network from its packets."""

import numpy as np
import pytest

from homecall_appliance.media.audio.jitter import FIRST, LEAST, MEMORY, MOST, Jitter
from homecall_appliance.media.ports import BLOCK_SAMPLES

SECONDS = 0.02
RANDOM = np.random.default_rng(4)


def learn(jitter: Jitter, delays: list[float], first: int = 0) -> int:
    """Have packets come with these delays; returns the number of the next."""
    for number, delay in enumerate(delays, first):
        jitter.arrived(number * BLOCK_SAMPLES, number * SECONDS + delay)
    return first + len(delays)


@pytest.mark.parametrize(
    ("delays", "least", "most"),
    [
        ([0.0] * 500, LEAST, LEAST),
        ([7.0] * 500, LEAST, LEAST),
        (list(RANDOM.uniform(0, 0.05, 500)), 0.045, 0.070),
        (list(RANDOM.uniform(0, 0.2, 500)), 0.180, 0.220),
        (list(RANDOM.uniform(0, 3.0, 500)), MOST, MOST),
        ([0.3 if number % 50 == 0 else 0.001 for number in range(500)], LEAST, LEAST),
    ],
    ids=["even", "far away", "50 ms", "200 ms", "endless", "one in fifty"],
)
def test_packets_wait_as_long_as_nearly_all_need(
    delays: list[float], least: float, most: float
) -> None:
    jitter = Jitter()
    learn(jitter, delays)
    assert least <= jitter.wait <= most


def test_at_first_it_is_careful() -> None:
    jitter = Jitter()
    learn(jitter, [0.0])
    assert FIRST * 0.9 < jitter.wait <= FIRST


def test_it_grows_at_once_and_shrinks_within_seconds() -> None:
    jitter = Jitter()
    number = learn(jitter, [0.0] * 200)
    number = learn(jitter, [0.1, 0.0, 0.1, 0.0, 0.1, 0.0, 0.1, 0.0], number)
    assert jitter.wait > 0.1
    learn(jitter, [0.0] * 5 * MEMORY, number)
    assert jitter.wait == LEAST


def test_a_clock_that_drifts_is_no_jitter() -> None:
    jitter = Jitter()
    for ppm in (200, -200):
        learn(jitter, [number * SECONDS * ppm * 1e-6 for number in range(3000)])
        assert jitter.wait == LEAST


def test_a_shorter_way_counts_at_once_and_a_longer_one_soon() -> None:
    jitter = Jitter()
    number = learn(jitter, [0.1] * 500)
    number = learn(jitter, [0.05] * 10, number)
    now = number * SECONDS
    assert jitter.newest(now) == pytest.approx((now - 0.05) * 48000)
    number = learn(jitter, [0.1] * 600, number)
    now = number * SECONDS
    assert jitter.newest(now) == pytest.approx((now - 0.1) * 48000)
