"""What is played comes by the microphone's clock, or nearly so: a bridge learns it on the way."""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import pytest

from homecall_appliance.media.ports import BLOCK_SAMPLES
from tests.media.audio.echo.aligning import Alignment, blocks, caller, drifting, lateness, steered
from tests.support.rigs.audio.tones import RATE

pytestmark = pytest.mark.slow

SECOND = RATE // BLOCK_SAMPLES
PLAYED = np.tile(caller(6)[RATE // 2 :], 3)
SECONDS = len(PLAYED) // RATE

Steering: TypeAlias = Callable[[float], list[float]]


def swinging(drift: float) -> list[float]:
    """It hurries now here, now there."""
    return [20.0 * (-1) ** (block // (2 * SECOND)) for block in range(len(blocks(PLAYED)))]


def learning(drift: float) -> list[float]:
    """It learns the difference of the clocks at once."""
    return [0.0 if block < 7 * SECOND else drift for block in range(len(blocks(PLAYED)))]


def knowing(drift: float) -> list[float]:
    return [drift] * len(blocks(PLAYED))


@pytest.mark.parametrize("drift", [100, -100, 0])
@pytest.mark.parametrize("steering", [swinging, learning, knowing])
def test_the_delay_keeps_still_however_the_bridge_steers(steering: Steering, drift: int) -> None:
    reference, skipped = steered(PLAYED, steering(drift))
    captured = drifting(PLAYED, drift)
    alignment = Alignment()
    alignment.run(captured, reference, skipped)
    given = np.concatenate(alignment.recorders[-1].played)
    captured = captured[-len(given) :]
    late = [
        lateness(captured[part], given[part])
        for part in (
            slice(start, start + RATE) for start in range(-(SECONDS - 4) * RATE, -RATE, RATE)
        )
    ]
    print(steering.__name__, drift, late, alignment.aligned.figures)
    assert max(late) - min(late) <= 0.5
    assert alignment.aligned.figures.drift == pytest.approx(-drift, abs=5)


@pytest.mark.parametrize("drift", [150, -150])
def test_a_bridge_that_knows_the_clocks_already_leaves_nothing_to_learn(drift: int) -> None:
    reference, skipped = steered(PLAYED, knowing(drift))
    captured = drifting(PLAYED, drift)
    alignment = Alignment()
    alignment.run(captured, reference, skipped)
    assert len(alignment.recorders) == 3  # the first; when the delay was found one, and another
    given = np.concatenate(alignment.recorders[-1].played)
    captured = captured[-len(given) :]
    past, last = slice(None, RATE), slice(-RATE, None)
    assert lateness(captured[past], given[past]) == pytest.approx(
        lateness(captured[last], given[last]), abs=1
    )
