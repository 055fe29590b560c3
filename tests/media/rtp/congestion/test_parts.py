"""The parts of congestion control, each by itself."""

import pytest

from homecall_appliance.media.rtp.congestion.acknowledged_bitrate import AcknowledgedBitrate
from homecall_appliance.media.rtp.congestion.aimd import BETA, Aimd
from homecall_appliance.media.rtp.congestion.inter_arrival import Gradient, InterArrival
from homecall_appliance.media.rtp.congestion.loss_based import LossBased
from homecall_appliance.media.rtp.congestion.probing import LEAST_RATE, Probing
from homecall_appliance.media.rtp.congestion.trendline import Trendline, Usage
from homecall_appliance.media.rtp.results import PacketResult


def test_what_leaves_together_is_one_group() -> None:
    groups = InterArrival()
    found = [
        groups.packet(sent, arrived)
        for sent, arrived in [
            (0.000, 10.000),
            (0.002, 10.012),
            (0.030, 10.040),
            (0.032, 10.052),
            (0.060, 10.080),
            (0.090, 10.115),
        ]
    ]
    assert found[:4] == [None] * 4
    assert found[4] == pytest.approx((0.030, 0.040))
    assert found[5] == pytest.approx((0.028, 0.028))
    assert found[4]
    assert found[4].delay == pytest.approx(0.010)


def test_what_comes_at_once_after_a_wait_is_one_group() -> None:
    groups = InterArrival()
    groups.packet(0.0, 10.0)
    assert [groups.packet(0.02 * each, 10.06 + each / 10_000) for each in range(1, 4)] == [None] * 3


def test_a_clock_that_jumps_begins_anew() -> None:
    groups = InterArrival()
    for number in range(3):
        groups.packet(0.03 * number, 10 + 0.03 * number)
    assert groups.packet(0.09, 99.0) is not None
    assert groups.packet(0.12, 99.03) is None
    assert groups.packet(0.15, 99.06) is None
    later = groups.packet(0.18, 99.09)
    assert later
    assert later.delay == pytest.approx(0)


def usages(growth: float, count: int = 60) -> list[Usage]:
    """What a path comes to whose queue grows by so many seconds from group to group."""
    line, now = Trendline(), 100.0
    found = []
    for _ in range(count):
        now += 0.033 + growth
        found.append(line.gradient(Gradient(0.033, 0.033 + growth), now))
    return found


def test_a_queue_that_grows_is_overuse_and_one_that_drains_underuse() -> None:
    assert set(usages(0.0)) == {Usage.NORMAL}
    assert Usage.OVERUSING in usages(0.005)
    assert Usage.UNDERUSING in usages(-0.005)


def test_what_arrives_is_known_after_half_a_second() -> None:
    rate = AcknowledgedBitrate()
    for number in range(49):
        rate.packet(1250, 7 + number / 100)
    assert rate.bits_per_second is None
    for number in range(49, 200):
        rate.packet(1250, 7 + number / 100)
    assert rate.bits_per_second == pytest.approx(1e6, rel=0.05)


def test_overuse_leaves_a_part_of_what_arrives() -> None:
    rate = Aimd(2e6, 3e4, 4e6)
    assert rate.update(Usage.OVERUSING, 1e6, 0.05, 1.0) == BETA * 1e6
    assert rate.update(Usage.OVERUSING, 9e5, 0.05, 1.05) == BETA * 1e6, "it is not felt yet"
    assert rate.update(Usage.UNDERUSING, 9e5, 0.05, 1.2) == BETA * 1e6


def test_it_grows_by_parts_where_the_capacity_is_unknown_and_by_packets_where_it_is_known() -> None:
    free, near = Aimd(1e6, 3e4, 4e6), Aimd(1.2e6, 3e4, 4e6)
    near.update(Usage.OVERUSING, 1e6 / BETA, 0.05, 0.0)
    for tenth in range(1, 12):
        free.update(Usage.NORMAL, 1e6, 0.05, tenth / 10)
        near.update(Usage.NORMAL, 1e6 / BETA, 0.05, tenth / 10)
    assert free.bits_per_second == pytest.approx(1.08e6, rel=0.01)
    assert near.bits_per_second == pytest.approx(1e6 + 9600 / 0.15 * 0.9, rel=0.02)


def test_what_was_never_sent_is_not_known_to_be_borne() -> None:
    rate = Aimd(1e6, 3e4, 4e6)
    for second in range(100):
        rate.update(Usage.NORMAL, 4e5, 0.05, float(second))
    assert rate.bits_per_second == 1e6


@pytest.mark.parametrize(
    ("lost", "rate"), [(0.2, 0.9e6), (0.05, 1e6), (0.0, 1e6 * 1.08 + 1000), (1.0, 0.5e6)]
)
def test_losses_are_a_bound(lost: float, rate: float) -> None:
    bound = LossBased(3e4, 4e6)
    bound.bits_per_second = 1e6
    bound.reported(lost, 1.0, 1e6, 0.05, 1.0)
    assert bound.bits_per_second == pytest.approx(rate)


def test_a_probe_lifts_the_bound_unless_packets_are_lost() -> None:
    bound = LossBased(3e4, 4e6)
    bound.reported(0.5, 1.0, 1e6, 0.05, 1.0)
    bound.set_estimate(2e6)
    assert bound.bits_per_second == 0.75e6
    bound.reported(0.0, 0.0, 1e6, 0.05, 2.0)
    bound.set_estimate(2e6)
    assert bound.bits_per_second == 2e6


def test_a_slow_path_is_probed_by_enough_packets() -> None:
    probing = Probing(1e7)
    probing.begin(3e4)
    cluster = probing.next(3e4, 0.0, calm=True)
    assert cluster
    assert cluster.bits_per_second == LEAST_RATE


def burst(cluster: int, rate: float, arrived_rate: float, count: int = 6) -> list[PacketResult]:
    return [
        PacketResult(number, 1200, number * 9600 / rate, 50 + number * 9600 / arrived_rate, cluster)
        for number in range(count)
    ]


@pytest.mark.parametrize(
    ("arrived", "shown"),
    [(3e6, 3e6), (2e6, 0.95 * 2e6), (9e6, None), (2.9e6, 2.9e6)],
)
def test_a_probe_shows_what_the_path_bears(arrived: float, shown: float | None) -> None:
    probing = Probing(1e7)
    probing.begin(1e6)
    cluster = probing.next(1e6, 0.0, calm=False)
    assert cluster
    assert cluster.bits_per_second == 3_000_000
    results = [probing.result(each) for each in burst(cluster.number, 3e6, arrived)]
    assert [each for each in results if each is not None][-1:] == (
        [pytest.approx(shown)] if shown else []
    )


def test_a_cluster_that_does_not_end_is_forgotten() -> None:
    """Its packets would be kept, and sorted with each that comes."""
    probing = Probing(1e7)
    probing.begin(1e6)
    cluster = probing.next(1e6, 0.0, calm=False)
    assert cluster
    for number in range(1000):
        sent = number / 100
        probing.result(PacketResult(number, 100, sent, 50 + sent, cluster.number))
    assert not probing._open


def test_after_a_drop_it_is_tried_whether_it_is_over() -> None:
    probing = Probing(1e7)
    probing.begin(1e6)
    for tenth in range(20):
        probing.next(3e6, tenth / 10, calm=False)
    tried = [
        (tenth, cluster.bits_per_second)
        for tenth in range(20, 80)
        if (cluster := probing.next(1e6, tenth / 10, calm=False))
    ]
    assert tried[0][1] == 0.85 * 3e6
    assert 2 <= len(tried) <= 3


def test_on_a_calm_path_more_is_tried_now_and_then() -> None:
    for calm, count in ((True, 2), (False, 0)):
        probing = Probing(1e7)
        probing.begin(1e6)
        found = [probing.next(1e6, tenth / 10, calm=calm) for tenth in range(210)]
        assert len([each for each in found if each]) == 2 + count
