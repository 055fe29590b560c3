"""The seeded model of mobile networks."""

from dataclasses import replace
from itertools import pairwise
from statistics import median, pstdev

from tests.benchmarks.network.mobile import LTE, MOVING, STEP, trace


def test_a_seed_gives_the_same_trace_and_another_one_another() -> None:
    assert trace(MOVING, 20, 3) == trace(MOVING, 20, 3)
    assert trace(MOVING, 20, 3) != trace(MOVING, 20, 4)


def test_there_is_a_rate_for_each_step_and_the_median_at_the_end() -> None:
    conditions = trace(LTE, 20, 1)
    assert [each.since for each in conditions] == [number * STEP for number in range(201)]
    assert conditions[-1].rate == LTE.median


def test_the_rates_have_the_median_and_the_spread_that_were_chosen() -> None:
    rates = [each.rate for each in trace(replace(LTE, memory=0.5), 2000, 1)]
    assert 0.95 < median(rates) / LTE.median < 1.05
    assert 0.3 < pstdev(rates) / LTE.median < 0.45


def test_a_rate_remembers_what_it_was() -> None:
    rates = [each.rate for each in trace(LTE, 200, 1)]
    steps = [abs(after / before - 1) for before, after in pairwise(rates)]
    assert median(steps) < 0.1


def test_gaps_are_as_many_and_as_long_as_was_chosen() -> None:
    down = [each.rate == 0 for each in trace(MOVING, 3000, 1)]
    gaps = sum(now and not before for before, now in pairwise(down))
    assert 0.8 < gaps / (MOVING.gaps * 50) < 1.2
    assert 0.3 < sum(down) * STEP / gaps < 0.7


def test_a_network_without_gaps_is_never_down() -> None:
    assert all(each.rate for each in trace(LTE, 600, 1))
