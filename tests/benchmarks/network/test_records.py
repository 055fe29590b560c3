"""What is reckoned from the relay's records."""

from collections.abc import Sequence

import pytest

from tests.benchmarks.network.records import (
    Packet,
    carried,
    of_the_call,
    offered,
    packets,
    percentile,
    queueing,
    until_above,
    until_below,
)

LINES = ["250000 260000 1250 17 0 40", "50000 50000 125 17 1 0", "150000 150000 125 6 2 0"]


def test_packets_are_read_in_the_order_in_which_they_came() -> None:
    assert packets(LINES) == [
        Packet(0.05, 0.05, 1000, 17, "lost", 0.0),
        Packet(0.15, 0.15, 1000, 6, "overflown", 0.0),
        Packet(0.25, 0.26, 10_000, 17, "arrived", 0.00004),
    ]


@pytest.mark.parametrize("line", ["", "1 2 3", "1 2 3 17 0 x"])
def test_a_line_that_is_no_record_is_refused(line: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  (Python's own words)
        packets([line])


def test_what_is_lost_was_offered_and_not_carried_and_did_not_wait() -> None:
    call = of_the_call(packets(LINES))
    assert offered(call, 0.3) == [10_000, 0, 100_000]
    assert carried(call, 0.3) == [0, 0, 100_000]
    assert queueing(call) == [pytest.approx(0.01)]


def test_what_comes_after_the_end_is_not_counted() -> None:
    assert carried(packets(LINES), 0.2) == [0, 0]


@pytest.mark.parametrize(("percent", "value"), [(0, 1), (50, 2), (51, 3), (95, 4), (100, 4)])
def test_a_percentile_is_one_of_the_values(percent: float, value: float) -> None:
    assert percentile([3, 1, 4, 2], percent) == value


def test_nothing_has_no_percentile() -> None:
    with pytest.raises(ValueError, match="nothing"):
        percentile([], 95)


def second(*rates: float) -> list[float]:
    """Bins, ten for each of these rates of a second."""
    return [rate for rate in rates for _ in range(10)]


@pytest.mark.parametrize(
    ("rates", "seconds"),
    [
        (second(3, 1, 1, 1, 1), 0.0),
        (second(3, 3, 1, 1, 1), 1.0),
        (second(3, 1, 3, 1, 1, 1), 2.0),
        (second(3, 3, 3, 3), None),
        (second(3, 3, 1, 1), None),
        (second(3), None),
    ],
)
def test_a_rate_is_down_when_it_stays_down(rates: Sequence[float], seconds: float | None) -> None:
    assert until_below(rates, 1.0, 1.05, 3.0) == seconds


def test_a_bin_that_is_full_does_not_make_a_second_too_much() -> None:
    rates = second(3, 1, 1, 1)
    rates[20:22] = [2, 0]
    assert until_below(rates, 1.0, 1.05, 3.0) == 0.0


@pytest.mark.parametrize(
    ("rates", "seconds"),
    [
        (second(9, 1, 1, 3), 3.0),
        (second(9, 3), 1.0),
        (second(9, 1, 1), None),
        (second(9), None),
        (second(9, 1, 1, 2, 4), 3.5),
    ],
)
def test_a_rate_is_up_when_a_second_of_it_is(rates: Sequence[float], seconds: float | None) -> None:
    assert until_above(rates, 1.0, 2.45) == pytest.approx(seconds, abs=0.31)
