"""What the relay is told, and what a network lets through."""

from itertools import pairwise

import pytest

from tests.benchmarks.network.conditions import SMALLEST_QUEUE, Condition, capacity
from tests.benchmarks.network.scenarios import FIVE, SCENARIOS, Scenario


def test_a_row_is_in_microseconds_bits_and_bytes() -> None:
    condition = Condition(5.0, 600_000, 0.2, 0.060, 0.030, 0.02)
    assert condition.row() == "5000000 600000 15000 60000 30000 20000 60000 0"


def test_a_queue_holds_a_few_packets_however_slow_the_link_is() -> None:
    assert Condition(rate=0.0).row().split()[1:3] == ["0", str(SMALLEST_QUEUE)]


def test_a_row_says_whether_packets_keep_their_order() -> None:
    assert Condition(ordered=True).row().endswith(" 1")


def test_a_buffer_does_not_follow_the_rate() -> None:
    assert Condition(rate=1.0, buffer=90_000).row().split()[2] == "90000"


@pytest.mark.parametrize(
    ("begin", "end", "most", "bits"),
    [(0, 10, 9, 9 * 5 + 2 * 5), (4, 6, 100, 10 + 2), (6, 8, 100, 4), (0, 5, 4, 20)],
)
def test_capacity_is_counted_by_what_is_sent_at_most(
    begin: float, end: float, most: float, bits: float
) -> None:
    assert capacity((Condition(0, 10), Condition(5, 2)), begin, end, most) == bits


@pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=SCENARIOS)
def test_conditions_begin_at_once_and_follow_each_other(scenario: Scenario) -> None:
    conditions = scenario.conditions(1)
    assert conditions[0].since == 0
    assert all(before.since < after.since for before, after in pairwise(conditions))
    assert conditions[-1].rate > 0
    assert all(each.jitter < each.delay for each in conditions)


@pytest.mark.parametrize("name", FIVE)
def test_the_five_are_the_same_whatever_the_seed(name: str) -> None:
    assert SCENARIOS[name].conditions(1) == SCENARIOS[name].conditions(2)
