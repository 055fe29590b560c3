"""A canceller that learns from the past before it takes over."""

import numpy as np
import pytest

from homecall_appliance.media.audio.echo.understudy import PACE, Scene, Understudy
from homecall_appliance.media.ports import BLOCK_SAMPLES, Block


class Diary:
    """A canceller that notes which block it is given, and gives it back."""

    def __init__(self) -> None:
        self.seen: list[tuple[int, int]] = []

    def process(self, captured: Block, played: Block) -> Block:
        self.seen.append((int(captured[0]), int(played[0])))
        return captured


def scene(number: int) -> Scene:
    """Return what happens in a block, by its number."""
    return np.full(BLOCK_SAMPLES, number, np.int16), np.full(BLOCK_SAMPLES, -number, np.int16)


def rehearse(behind: int) -> tuple[Diary, list[int], int]:
    """Let it catch up from block 100 on; return how many it was given at a time, and what it said.

    The last number is that of the first block of which it is heard.
    """
    diary = Diary()
    understudy = Understudy(diary, behind)
    given = []
    for now in range(100, 300):

        def past(age: int, now: int = now) -> Scene:
            return scene(now - age)

        before = len(diary.seen)
        heard = understudy.rehearse(past, scene(now))
        given.append(len(diary.seen) - before)
        if heard is not None:
            assert heard[0] == now
            return diary, given, now
    raise AssertionError("It has never caught up.")


@pytest.mark.parametrize(("behind", "later"), [(0, 0), (1, 0), (2, 0), (3, 1), (10, 8), (75, 73)])
def test_it_hears_everything_once_and_in_order_until_it_has_caught_up(
    behind: int, later: int
) -> None:
    diary, _, now = rehearse(behind)
    assert diary.seen == [(block, -block) for block in range(100 - behind, now + 1)]
    assert now == 100 + later


def test_it_never_has_more_to_do_at_a_time_than_its_pace_and_the_present() -> None:
    _, given, _ = rehearse(75)
    assert set(given[:-1]) == {PACE}
    assert given[-1] == PACE + 1
