"""The figures of a call, and their table."""

from dataclasses import replace

import pytest

from tests.benchmarks.network.conditions import Condition, arrivals
from tests.benchmarks.network.figures import Figures, Received, figures
from tests.benchmarks.network.records import Packet
from tests.benchmarks.network.report import table
from tests.benchmarks.network.scenarios import Scenario

RECEIVED = Received(30.0, 1, 0.5, 0.25, 33.3, 70, "H264", 0.25)

STEPS = (Condition(0, 1_000_000), Condition(5, 500_000), Condition(15, 1_000_000))
SCENARIO = Scenario("steps", 25, lambda _: STEPS, narrow=5.0, widen=15.0)


def sent(begin: float, end: float, rate: float, protocol: int = 17) -> list[Packet]:
    """Packets of 10 kbit, each of which waits 20 ms."""
    count = round((end - begin) * rate / 10_000)
    moments = (begin + (end - begin) * number / count for number in range(count))
    return [Packet(each, each + 0.02, 10_000, protocol, "arrived", 0.0) for each in moments]


def test_a_call_that_follows_the_link() -> None:
    packets = [*sent(0, 7, 900_000), *sent(7, 18, 500_000), *sent(18, 25, 900_000)]
    call = figures(SCENARIO, STEPS, packets, RECEIVED)
    assert call.down == pytest.approx(2.0, abs=0.15)
    assert call.up == pytest.approx(3.8, abs=0.15)
    assert call.queueing == pytest.approx(0.02)
    assert call.use == pytest.approx((6.3 + 5.5 + 6.3) / (5 + 5 + 10), abs=0.01)
    assert sum(call.offered[:70]) / 70 == pytest.approx(900_000, rel=0.02)
    assert len(call.carried) == 250


def test_a_call_that_never_gives_way() -> None:
    call = figures(SCENARIO, STEPS, sent(0, 25, 700_000), RECEIVED)
    assert call.down is None
    assert call.up is None


def test_beside_a_stream_the_call_has_its_share_of_all() -> None:
    link = (Condition(0, 10_000_000),)
    scenario = Scenario("tcp", 25, lambda _: link, tcp=(5, 15))
    packets = [*sent(0, 25, 2_000_000), *sent(5, 15, 6_000_000, protocol=6)]
    call = figures(scenario, link, packets, RECEIVED)
    assert call.use == pytest.approx(0.2, abs=0.01)
    assert (call.down, call.up) == (None, None)


def test_what_the_queue_had_no_place_for_is_counted() -> None:
    packets = sent(0, 25, 500_000)
    full = [replace(each, fate="overflown") for each in packets[::5]]
    assert figures(SCENARIO, STEPS, [*packets, *full], RECEIVED).dropped == pytest.approx(1 / 6)


def test_the_table_has_medians_and_says_what_never_was() -> None:
    call = Figures(2.0, 3.0, 0.1, 0.9, 0.0, RECEIVED, (), ())
    never = replace(call, down=None, use=0.5)
    lines = table({"steps": {"ours": [call, never, never], "libwebrtc": [call]}}).splitlines()
    [ours] = [line.split() for line in lines if "ours" in line]
    [theirs] = [line.split() for line in lines if "libwebrtc" in line]
    assert ours[:6] == ["steps", "ours", "never", "3.0", "100", "50"]
    assert theirs[:6] == ["steps", "libwebrtc", "2.0", "3.0", "100", "90"]


def test_the_table_has_no_times_of_steps_where_there_are_none() -> None:
    call = Figures(None, None, 0.1, 0.9, 0.0, replace(RECEIVED, psnr=None), (), ())
    row = table({"loss": {"ours": [call]}}).splitlines()[1].split()
    assert row[2:4] == ["–", "–"]
    assert row[-2:] == ["–", "25"]


def test_a_datagram_arrives_after_those_before_it_were_sent() -> None:
    link = Condition(rate=1000, delay=2.0)
    assert arrivals([0.0, 0.5, 9.0], 1000, link) == [3.0, 4.0, 12.0]
