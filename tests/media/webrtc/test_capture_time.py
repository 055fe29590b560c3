"""When frames were captured, by timestamps of a device's own clock."""

import random

import pytest

from homecall_appliance.media.webrtc.capture_time import CaptureTime


def test_the_fastest_frame_tells_how_the_clocks_lie() -> None:
    rng, times = random.Random(1), CaptureTime(90_000, latency=0.040)
    errors = []
    for number in range(600):
        captured = 1000 + number / 30
        late = 0.040 + 0.030 * rng.random() ** 2
        told = times.of(number * 3000, captured + late)
        errors.append(told - captured)
    assert max(map(abs, errors[100:])) < 0.003


def test_times_go_on_as_timestamps_do() -> None:
    times = CaptureTime(48_000, latency=0.020)
    first = times.of(0, 10.020)
    assert times.of(960, 10.045) - first == pytest.approx(0.020)
    assert times.of(1920, 10.090) - first == pytest.approx(0.040)


def test_a_drifting_clock_is_followed() -> None:
    times = CaptureTime(90_000, latency=0.0)
    told = 0.0
    for number in range(30 * 600):
        now = number / 30 * (1 + 200e-6)
        told = times.of(number * 3000, now) - now
    assert abs(told) < 0.003


@pytest.mark.parametrize("jump", [-(10**6), 10**6, 1 << 40])
def test_a_clock_that_begins_anew_is_taken_as_it_is(jump: int) -> None:
    times = CaptureTime(90_000, latency=0.040)
    times.of(5_000_000, 10.0)
    assert times.of(5_000_000 + jump, 10.033) == pytest.approx(10.033 - 0.040)
