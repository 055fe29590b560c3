"""Sound between two clocks: simulated hours, callbacks that are late, and stalls."""

import math
import random
from collections.abc import Callable, Iterator
from typing import TypeAlias

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from homecall_appliance.media.audio.drift import (
    FIRST_TARGET,
    LIMIT,
    MORE,
    MOST,
    Drift,
    Follower,
)
from homecall_appliance.media.ports import BLOCK_SAMPLES, SAMPLE_RATE, Block

pytestmark = pytest.mark.slow

BLOCK_SECONDS = BLOCK_SAMPLES / SAMPLE_RATE

SHORTEST_DELAY, LONGEST_DELAY = (
    (samples - BLOCK_SAMPLES) / SAMPLE_RATE for samples in (FIRST_TARGET, MOST)
)
"""Seconds from the push of a block until it is pulled."""

SLOPE = 8
"""Samples in which a ramp rises by 1."""

Signal: TypeAlias = Callable[[NDArray[np.int64]], NDArray[np.float64]]
Late: TypeAlias = Callable[[], float]


def sine(hertz: float) -> Signal:
    return lambda samples: 8000 * np.sin(2 * np.pi * hertz * samples / SAMPLE_RATE)


def ramp(samples: NDArray[np.int64]) -> NDArray[np.float64]:
    """It tells its place, for five seconds."""
    return samples / SLOPE % 30_000


def silence(samples: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.zeros(len(samples))


def in_time() -> float:
    return 0.0


class Room:
    """A microphone whose clock is `ppm` faster than the loudspeaker's."""

    def __init__(self, signal: Signal, ppm: float = 0.0, late: Late = in_time) -> None:
        self.drift = Drift()
        self.now = 0.0137
        self.pushed_rate = 1 + ppm * 1e-6
        self._signal = signal
        self._late = late
        self._pushed = 0

    def play(self, seconds: float, *, deaf: bool = False) -> Iterator[Block]:
        """What the loudspeaker plays; where `deaf`, the microphone has stalled."""
        end = self.now + seconds
        while self.now < end:
            self.hear(silent=deaf)
            yield self.drift.pull(self.now + self._late())
            self.now += BLOCK_SECONDS

    def hear(self, *, silent: bool = False) -> None:
        """What the microphone gives until now."""
        while (due := self._pushed * BLOCK_SECONDS / self.pushed_rate) <= self.now:
            first = self._pushed * BLOCK_SAMPLES
            samples = np.arange(first, first + BLOCK_SAMPLES)
            if not silent:
                block = np.rint(self._signal(samples)).astype(np.int16)
                self.drift.push(block, due + self._late())
            self._pushed += 1

    def sound(self, seconds: float, *, deaf: bool = False) -> Block:
        return np.concatenate(list(self.play(seconds, deaf=deaf)))

    def delay(self) -> float:
        """Seconds from push to pull; of a ramp."""
        (block,) = self.play(BLOCK_SECONDS / 2)
        captured = (self.now - BLOCK_SECONDS) * SAMPLE_RATE * self.pushed_rate
        played, period = float(block[0]) * SLOPE, 30_000 * SLOPE
        return ((captured - played + period / 2) % period - period / 2) / SAMPLE_RATE


def now_and_then(seed: int, seconds: float) -> Late:
    """Lateness by chance: most callbacks are a little late, and few are much."""
    chance = random.Random(seed)
    return lambda: min(chance.expovariate(1 / seconds), 5 * seconds)


@pytest.mark.parametrize("hertz", [300.0, 1000.0, 3400.0, 8000.0])
def test_a_sine_stays_clean(hertz: float) -> None:
    room = Room(sine(hertz), ppm=400)
    room.sound(90.0)
    sound = room.sound(0.05).astype(float)
    time = np.arange(len(sound)) / SAMPLE_RATE
    turns = 2 * np.pi * hertz * room.pushed_rate * time
    wave = np.stack([np.sin(turns), np.cos(turns)])
    # What the ratio is away from the clocks' is no noise: a slow change of phase.
    waves = np.concatenate([wave, wave * time]).T
    parts, *_ = np.linalg.lstsq(waves, sound, rcond=None)
    rest = sound - waves @ parts
    assert np.hypot(*parts[:2]) == pytest.approx(8000, rel=0.002)
    print(f"{hertz:g} Hz: {(ratio := 10 * np.log10(sound.var() / rest.var())):.1f} dB")
    assert ratio > 75


@pytest.mark.parametrize("ppm", [-500, -200, 100, 500])
def test_the_drift_is_followed(ppm: int) -> None:
    room = Room(ramp, ppm, now_and_then(ppm, 0.003))
    for _ in room.play(120.0):
        pass
    assert room.drift.ppm == pytest.approx(ppm, abs=60)
    assert room.drift.concealed <= 3
    assert room.delay() == pytest.approx(SHORTEST_DELAY, abs=0.02)


@pytest.mark.parametrize("ppm", [-200, 300])
def test_what_is_skipped_is_told(ppm: int) -> None:
    room = Room(ramp, ppm)
    places, skipped = [], []
    for block in room.play(60.0):
        places.append(float(block[0]) * SLOPE)
        skipped.append(room.drift.skipped)
    begin = 200
    advance = (places[-1] - places[begin]) % (30_000 * SLOPE)
    told = (len(places) - 1 - begin) * BLOCK_SAMPLES + sum(skipped[begin:-1])
    assert advance == pytest.approx(told % (30_000 * SLOPE), abs=SLOPE)
    assert abs(sum(skipped[begin:-1])) > 10 * SLOPE


@pytest.mark.parametrize("ppm", [-500.0, 200.0])
def test_hours(ppm: float) -> None:
    follower, late = Follower(), now_and_then(5, 0.003)
    error, furthest = 0.0, 0.0
    for number in range(round(2 * 3600 / BLOCK_SECONDS)):
        # A crystal in a room that is heated, twice an hour, by 50 ppm.
        clock = 1 + (ppm + 50 * math.sin(2 * math.pi * number * BLOCK_SECONDS / 1800)) * 1e-6
        error += BLOCK_SAMPLES * (clock - follower.ratio)
        follower.follow(error + late() * SAMPLE_RATE)
        if number * BLOCK_SECONDS > 120:
            furthest = max(furthest, abs(error))
            assert abs(follower.ratio - clock) < 0.0001, "chance is not followed"
    print(f"{ppm:g} ppm: within {furthest / SAMPLE_RATE * 1000:.1f} ms")
    assert furthest < (MOST - FIRST_TARGET) / 2


def test_a_ratio_that_no_clock_has_is_not_followed() -> None:
    follower = Follower()
    for number in range(2000):
        follower.follow(number * 1.01 * LIMIT * BLOCK_SAMPLES - follower._gone)
    assert follower.ratio == 1 + LIMIT


def test_a_leap_is_no_drift() -> None:
    follower = Follower()
    for number in range(20_000):
        follower.follow(number // 3000 % 2 * 0.02 * SAMPLE_RATE)
        assert abs(follower.ratio - 1) < 30e-6
    assert follower.drift == 0


def test_late_callbacks_cost_nothing_up_to_a_few_milliseconds_each() -> None:
    room = Room(sine(300.0), 100, now_and_then(1, 0.003))
    room.sound(30.0)
    assert room.drift.concealed == 0


def test_two_pulls_at_once_are_prepared_for_after_a_while() -> None:
    room = Room(sine(300.0))
    concealed = []
    for _ in range(2):
        for _ in range(200):
            room.now += 2 * BLOCK_SECONDS
            room.hear()
            room.drift.pull(room.now)
            room.drift.pull(room.now)
        concealed.append(room.drift.concealed)
    assert 0 < concealed[0] < 10
    assert concealed[1] == concealed[0]


def test_before_the_first_push_there_is_silence_and_nothing_to_conceal() -> None:
    room = Room(silence)
    assert not room.sound(1.0, deaf=True).any()
    assert room.drift.concealed == 0


def test_silence_stays_silence() -> None:
    room = Room(silence, 300)
    assert not room.sound(10.0).any()
    assert room.drift.concealed == 0


def test_a_microphone_that_stalls_for_a_second() -> None:
    room = Room(ramp, 300)
    for _ in room.play(100.0):
        pass
    known = room.drift.ppm
    sound = room.sound(1.0, deaf=True)
    assert not sound[-40_000:].any()
    assert room.sound(0.2).any()
    assert room.drift.concealed == pytest.approx(55, abs=5)
    assert room.drift.ppm == pytest.approx(known, abs=1), "the clocks are what they were"
    assert room.delay() == pytest.approx(SHORTEST_DELAY + MORE / SAMPLE_RATE, abs=0.001)


def test_a_loudspeaker_that_stalls_for_a_second() -> None:
    room = Room(sine(300.0), 300)
    room.sound(5.0)
    room.now += 1.0
    room.hear()
    room.sound(2.0)
    assert room.drift.concealed == 1


def test_what_is_late_after_a_stall_is_left_out() -> None:
    room = Room(ramp)
    for _ in room.play(1.0):
        pass
    room.now += 1.0
    room.hear()
    for _ in room.play(0.1):
        pass
    assert room.delay() == pytest.approx(SHORTEST_DELAY, abs=0.001)


def test_a_backlog_goes_away_in_time() -> None:
    room = Room(ramp)
    for _ in room.play(1.0):
        pass
    room.now += 0.04
    assert SHORTEST_DELAY + 0.03 < room.delay() < LONGEST_DELAY
    for _ in room.play(600.0):
        pass
    assert room.drift.concealed == 0
    assert room.delay() < SHORTEST_DELAY + 0.03


def test_what_comes_late_is_left_out_and_the_delay_keeps_still() -> None:
    drift, blocks = Drift(), np.rint(ramp(np.arange(100 * BLOCK_SAMPLES))).astype(np.int16)
    waiting: list[Block] = []
    places = []
    for number, block in enumerate(blocks.reshape(100, BLOCK_SAMPLES)):
        waiting.append(block)
        if number not in (50, 51):  # they come with the one after them
            for each in waiting:
                drift.push(each, number * BLOCK_SECONDS)
            waiting.clear()
        heard = drift.pull(number * BLOCK_SECONDS + 0.001)
        places.append(int(heard[-1]) - number * BLOCK_SAMPLES // SLOPE)
    assert 0 < drift.concealed <= 2
    assert places[80] == places[40]


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.sampled_from(["push", "pull"]), st.floats(0, 0.08)), max_size=150),
    st.floats(-LIMIT, LIMIT),
)
def test_it_is_a_block_whatever_comes_when(calls: list[tuple[str, float]], ratio: float) -> None:
    drift, signal, now, pushed = Drift(), sine(300.0), 0.0, 0
    drift._follower.drift = ratio
    for call, seconds in calls:
        now += seconds
        if call == "push":
            samples = np.arange(pushed, pushed + BLOCK_SAMPLES)
            drift.push(np.rint(signal(samples)).astype(np.int16), now)
            pushed += BLOCK_SAMPLES
        else:
            block = drift.pull(now)
            assert block.shape == (BLOCK_SAMPLES,)
            assert block.dtype == np.int16
            assert np.abs(block.astype(int)).max() < 9000
