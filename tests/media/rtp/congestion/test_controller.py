"""Congestion control by single events."""

from hypothesis import given
from hypothesis import strategies as st

from homecall_appliance.media.rtp.congestion.controller import (
    FEEDBACK_TIMEOUT,
    PACING_FACTOR,
    CongestionController,
)
from homecall_appliance.media.rtp.results import PacketResult

START, LEAST, MOST = 800_000, 30_000, 3_000_000


def controller() -> CongestionController:
    return CongestionController(START, LEAST, MOST)


def test_it_begins_with_the_start() -> None:
    new = controller()
    assert (new.target_bitrate, new.pacing_rate) == (START, round(PACING_FACTOR * START))


def test_nothing_is_probed_before_anything_was_sent() -> None:
    new = controller()
    assert new.probe(1.0) is None
    new.packet_sent(1.0)
    first, second = new.probe(1.0), new.probe(1.1)
    assert first
    assert second
    assert (first.bits_per_second, second.bits_per_second) == (3 * START, MOST)
    assert new.probe(1.2) is None


def test_where_nothing_is_heard_of_what_was_sent_less_is_sent() -> None:
    new = controller()
    for tenth in range(100):
        now = tenth / 10
        new.packet_sent(now)
        new.tick(now)
    assert START / 2**6 < new.target_bitrate <= START / 2 ** (9 // FEEDBACK_TIMEOUT)


def test_while_nothing_is_sent_nothing_is_missed() -> None:
    new = controller()
    new.packet_sent(0.0)
    new.feedback([PacketResult(0, 1200, 0.0, 5.0, None)], 0.1)
    for second in range(100):
        new.tick(float(second))
    assert new.target_bitrate >= START


def test_the_estimate_of_a_receiver_is_a_bound() -> None:
    new = controller()
    new.remb(200_000)
    assert new.target_bitrate == 200_000
    new.remb(0)
    assert new.target_bitrate == LEAST
    new.remb(1 << 80)
    assert new.target_bitrate == START


def test_losses_that_are_reported_lower_and_their_absence_raises() -> None:
    new = controller()
    new.loss_reported(0.5, 1.0, 1.0)
    assert new.target_bitrate == 0.75 * START
    new.loss_reported(0.05, 1.0, 2.0)
    assert new.target_bitrate == 0.75 * START
    new.loss_reported(0.0, 1.0, 3.0)
    assert 0.75 * START < new.target_bitrate < START


@given(
    st.lists(
        st.tuples(
            st.floats(0, 3),
            st.none() | st.floats(-1e6, 1e6),
            st.integers(1, 1500),
            st.none() | st.integers(0, 9),
        ),
        max_size=80,
    )
)
def test_whatever_feedback_tells_the_target_keeps_its_bounds(
    story: list[tuple[float, float | None, int, int | None]],
) -> None:
    new, now = controller(), 0.0
    for number, (pause, arrived, size, probe) in enumerate(story):
        now += pause
        new.packet_sent(now)
        new.probe(now)
        new.feedback([PacketResult(number, size, now - 0.1, arrived, probe)], now)
        new.tick(now)
        assert LEAST <= new.target_bitrate <= MOST
