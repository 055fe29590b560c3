"""A minute of random events in each corner: see random_events.py for the long ones."""

import pytest

from tests.endurance.random_events import CORNERS, try_out

pytestmark = [pytest.mark.e2e, pytest.mark.rig, pytest.mark.long, pytest.mark.timeout(900)]

SECONDS = 60.0

SEED = 18


@pytest.mark.parametrize("corner", CORNERS)
async def test_what_is_lost_comes_back_or_ends_with_a_sentence(corner: str) -> None:
    record = await try_out(corner, SECONDS, SEED)
    print("", *record.table(), sep="\n")
    assert record.outcomes
    assert record.faults == []
