"""One bitrate of what the congestion control of each viewer gives."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homecall_appliance.media.video.bitrate_control import RateControl

MAXIMUM, START, FLOOR = 1_500_000, 750_000, 150_000


class Room:
    """Viewers before a clock of our own."""

    def __init__(self, *viewers: str) -> None:
        self.now = 0.0
        self.control = RateControl(MAXIMUM)
        for viewer in viewers:
            self.control.join(viewer)

    def watch(self, seconds: int, **targets: int) -> int:
        """Let these targets of viewers be estimated once a second; return the last decision."""
        target = 0
        for _ in range(seconds):
            self.now += 1
            for viewer, bits_per_second in targets.items():
                self.control.target_estimated(viewer, bits_per_second)
            target = self.control.decide(self.now).bits_per_second
        return target

    @property
    def skipping(self) -> set[object]:
        return set(self.control.decide(self.now).skipping)


def test_it_starts_with_half_of_the_maximum() -> None:
    assert Room().watch(1) == Room("hall").watch(1) == START


@pytest.mark.parametrize(
    ("estimated", "target"),
    [(0, FLOOR), (FLOOR, FLOOR), (400_000, 400_000), (MAXIMUM, MAXIMUM), (10**12, MAXIMUM)],
)
def test_the_target_is_that_of_the_path_between_floor_and_maximum(
    estimated: int, target: int
) -> None:
    assert Room("hall").watch(1, hall=estimated) == target


def test_the_slowest_rules_until_it_leaves() -> None:
    room = Room("hall", "garden")
    assert room.watch(5, hall=MAXIMUM, garden=600_000) == 600_000
    assert not room.skipping
    room.control.leave("garden")
    assert room.watch(1, hall=MAXIMUM) == MAXIMUM
    room.control.target_estimated("garden", 400_000)
    assert room.watch(1, hall=MAXIMUM) == MAXIMUM


def test_a_new_viewer_lowers_nothing_before_its_path_is_known() -> None:
    room = Room("hall")
    room.watch(2, hall=MAXIMUM)
    room.control.join("garden")
    assert room.watch(3, hall=MAXIMUM) == MAXIMUM
    assert room.watch(1, hall=MAXIMUM, garden=START) == START


@pytest.mark.parametrize("slow", [100_000, 499_000])
def test_one_that_is_far_slower_rules_for_four_seconds_then_skips(slow: int) -> None:
    room = Room("hall", "garden")
    assert room.watch(4, hall=MAXIMUM, garden=slow) == max(slow, FLOOR)
    assert not room.skipping
    room.watch(1, hall=MAXIMUM, garden=slow)
    assert room.skipping == {"garden"}
    assert room.watch(1, hall=MAXIMUM, garden=slow) == MAXIMUM


def test_one_that_recovers_in_time_does_not_skip_nor_when_it_happens_again() -> None:
    room = Room("hall", "garden")
    for _ in range(2):
        room.watch(4, hall=MAXIMUM, garden=450_000)
        assert not room.skipping
        room.watch(3, hall=MAXIMUM, garden=600_000)
        assert not room.skipping


def test_two_slow_ones_are_not_far_slower_than_each_other() -> None:
    room = Room("hall", "garden", "attic")
    assert room.watch(8, hall=MAXIMUM, garden=210_000, attic=200_000) == 200_000
    assert not room.skipping


def test_one_that_is_alone_skips_below_the_floor_only() -> None:
    room = Room("hall")
    room.watch(8, hall=160_000)
    assert not room.skipping
    assert room.watch(4, hall=140_000) == FLOOR
    assert not room.skipping
    room.watch(1, hall=140_000)
    assert room.skipping == {"hall"}


def test_one_that_skips_is_tried_again_and_rules_when_its_path_bears_it() -> None:
    room = Room("hall", "garden")
    room.watch(5, hall=MAXIMUM, garden=100_000)
    assert room.skipping == {"garden"}
    room.watch(9, hall=MAXIMUM, garden=700_000)
    assert room.skipping == {"garden"}
    room.watch(1, hall=MAXIMUM, garden=700_000)
    assert not room.skipping
    assert room.watch(3, hall=MAXIMUM, garden=700_000) == MAXIMUM, "it is tried"
    assert room.watch(2, hall=MAXIMUM, garden=700_000) == 700_000


def test_a_trial_disturbs_nobody_and_comes_less_and_less_often() -> None:
    room = Room("hall", "garden")
    room.watch(5, hall=MAXIMUM, garden=100_000)
    skipped, targets = [True], []
    for _ in range(150):
        targets.append(room.watch(1, hall=MAXIMUM, garden=100_000))
        skipped.append(bool(room.skipping))
    assert set(targets) == {MAXIMUM}
    trials = [
        second for second, (before, now) in enumerate(pairwise(skipped)) if before and not now
    ]
    assert [after - before for before, after in pairwise(trials)] == [24, 44, 44]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["join", "leave", "estimate"]),
            st.sampled_from(["hall", "garden", "attic"]),
            st.integers(-(10**18), 10**18),
            st.floats(0, 12),
        ),
        max_size=60,
    )
)
def test_whatever_is_estimated_the_target_keeps_its_bounds(
    story: list[tuple[str, str, int, float]],
) -> None:
    control, now = RateControl(MAXIMUM), 0.0
    for event, viewer, amount, pause in story:
        now += pause
        match event:
            case "join":
                control.join(viewer)
            case "leave":
                control.leave(viewer)
            case _:
                control.target_estimated(viewer, amount)
        assert FLOOR <= control.decide(now).bits_per_second <= MAXIMUM
