"""How long the line is active."""

import pytest

from homecall_appliance.door.opening import Opening

MOST = 3.0


@pytest.mark.parametrize(
    ("opening", "until", "now", "expected"),
    [
        (Opening(), 13.0, 10.0, 13.0),
        (Opening(), 12.0, 10.5, 12.0),  # it counts from the wish, not from when that was read
        (Opening(), 99.0, 10.0, 13.0),  # never longer, whatever is asked
        (Opening(13.0), 14.0, 11.0, 14.0),  # from the last wish on
        (Opening(13.0), 12.0, 11.0, 13.0),
        (Opening(13.0), 99.0, 11.0, 14.0),
        (Opening(), 10.0, 10.0, None),
        (Opening(), 10.0, 4000.0, None),  # somebody was stopped for an hour
        (Opening(13.0), 10.5, 11.0, None),
    ],
)
def test_a_wish(opening: Opening, until: float, now: float, expected: float | None) -> None:
    prolonged = opening.prolonged(until, now, MOST)
    assert (prolonged.until if prolonged else None) == expected


@pytest.mark.parametrize(
    ("opening", "now", "remaining", "is_over"),
    [
        (Opening(), 10.0, None, False),
        (Opening(13.0), 10.0, 3.0, False),
        (Opening(13.0), 13.0, 0.0, True),
        (Opening(13.0), 4000.0, 0.0, True),
    ],
)
def test_its_end(opening: Opening, now: float, remaining: float | None, is_over: bool) -> None:
    assert opening.remaining(now) == remaining
    assert opening.is_over(now) is is_over
