"""What stands out from a room, or is too loud for a silence."""

import numpy as np
import pytest

from homecall_appliance.media.audio.quiet import FAINT, LOUD, RISE, QuietDetector

RANDOM = np.random.default_rng(5)
ROOM = -60.0


def noticed(levels: list[float]) -> list[int]:
    """The blocks that may not be left out, once the room is known."""
    detector = QuietDetector()
    found = [number for number, level in enumerate(levels) if not detector.is_quiet(level)]
    return [number for number in found if number >= 100]


@pytest.mark.parametrize(
    ("levels", "numbers"),
    [
        ([ROOM] * 100 + [ROOM + RISE + 1] + [ROOM] * 9, [100]),
        ([ROOM] * 100 + [ROOM + RISE - 1] * 10, []),
        ([-100.0] * 100 + [FAINT - 1] * 10, []),
        ([-100.0] * 100 + [FAINT + 1], [100]),
        ([LOUD + 1] * 120, [*range(100, 120)]),
        ([LOUD - 1] * 200, []),
        ([ROOM] * 100 + [-30.0] * 50 + [ROOM] * 6 + [ROOM + 10], [*range(100, 150), 156]),
    ],
    ids=[
        "a click",
        "less than that",
        "what nobody hears",
        "after digital silence",
        "an alarm",
        "a fan",
        "two words",
    ],
)
def test_what_may_not_be_left_out(levels: list[float], numbers: list[int]) -> None:
    assert noticed(levels) == numbers


def test_the_unevenness_of_noise_does_not_stand_out() -> None:
    assert noticed(list(RANDOM.normal(ROOM, 1.0, 5000))) == []


def test_a_fan_that_was_switched_on_is_soon_a_part_of_the_room() -> None:
    found = noticed([ROOM] * 100 + [ROOM + 12] * 400)
    assert 100 in found
    assert max(found) < 100 + 50
