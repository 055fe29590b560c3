"""What is played is given to the canceller by the microphone's clock."""

import numpy as np
import pytest

from homecall_appliance.media.audio.echo.alignment import LEAD, SLACK
from homecall_appliance.media.audio.echo.correlation import DECIMATION
from tests.media.audio.echo.aligning import Alignment, caller, drifting, echo, lateness
from tests.support.rigs.audio.room import Room
from tests.support.rigs.audio.tones import RATE

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("drift", [100, -100, 30])
def test_what_is_played_is_given_by_the_microphones_clock(drift: int) -> None:
    played = caller(12)
    captured = drifting(played, drift)
    alignment = Alignment()
    alignment.run(captured, played)
    assert alignment.aligned.figures.drift == pytest.approx(-drift, abs=5)
    given = np.concatenate(alignment.recorders[-1].played)
    captured = captured[-len(given) :]
    late = [
        lateness(captured[part], given[part])
        for part in (slice(start, start + RATE) for start in range(-6 * RATE, -RATE, RATE))
    ]
    assert max(late) - min(late) < 2
    assert abs(np.mean(late) - LEAD * DECIMATION) < 240
    # So is what had been played before the drift was known.
    assert lateness(captured[:RATE], given[:RATE]) == pytest.approx(np.mean(late), abs=2)


@pytest.mark.parametrize("drift", [150, -150])
def test_a_drift_is_followed_further_than_the_canceller_could_reach(drift: int) -> None:
    played = np.tile(caller(6)[RATE // 2 :], 20)
    captured = drifting(played, drift)
    assert len(played) * abs(drift) * 1e-6 > SLACK * DECIMATION
    alignment = Alignment()
    alignment.run(captured[: 10 * RATE], played[: 10 * RATE])
    cancellers = len(alignment.recorders)
    alignment.run(captured[10 * RATE :], played[10 * RATE :])
    assert len(alignment.recorders) == cancellers
    last = slice(-RATE, None)
    given = np.concatenate(alignment.recorders[-1].played)
    assert abs(lateness(captured[last], given[last]) - LEAD * DECIMATION) < 240


@pytest.mark.parametrize("delay", [3, 10, 23])
@pytest.mark.parametrize("drift", [100, -100])
def test_a_drift_is_followed_where_the_delay_is_short(delay: int, drift: int) -> None:
    played = caller(10)
    captured = echo(Room(delay=delay / 1000, drift=drift), played)
    alignment = Alignment()
    alignment.run(captured, played)
    given = np.concatenate(alignment.recorders[-1].played)
    captured = captured[-len(given) :]
    before, after = (slice(second * RATE, (second + 1) * RATE) for second in (-6, -2))
    early, late = (lateness(captured[part], given[part]) for part in (before, after))
    assert abs(late - early) < 2  # 19 samples, where nothing is held back
    assert 0 < late < SLACK * DECIMATION * 3


@pytest.mark.parametrize("drift", [100, -100, 30, 0])
def test_the_drift_is_known_soon(drift: int) -> None:
    played = caller(3)
    alignment = Alignment()
    alignment.run(echo(Room(drift=drift), played), played)
    assert alignment.aligned.figures.drift == pytest.approx(-drift, abs=16)


def test_another_device_with_another_clock_is_followed() -> None:
    played = np.tile(caller(6)[RATE // 2 :], 4)
    third = len(played) // 3
    before, after = (echo(Room(drift=drift, number=abs(drift)), played) for drift in (-60, 90))
    # As if it had begun just then: the delay is the same.
    after = np.roll(after, third)
    played = np.concatenate([played[:third], played[: 2 * third]])
    alignment = Alignment()
    alignment.run(np.concatenate([before[:third], after[third:]]), played)
    assert alignment.aligned.figures.drift == pytest.approx(-90, abs=10)


def test_a_pause_changes_nothing() -> None:
    played = np.concatenate([caller(6), np.zeros(10 * RATE, np.int16), caller(4)])
    captured = drifting(played, 100)
    alignment = Alignment()
    alignment.run(captured, played)
    assert len(alignment.recorders) == 4  # and another when the drift was known
    assert alignment.aligned.figures.drift == pytest.approx(-100, abs=5)
    last = slice(-RATE, None)
    given = np.concatenate(alignment.recorders[-1].played)
    assert abs(lateness(captured[last], given[last]) - LEAD * DECIMATION) < 240
