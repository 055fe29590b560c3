"""What is heard of a sender whose packets come unevenly, not at all, or from another clock."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from homecall_appliance.media.audio.opus import OpusDecoder
from homecall_appliance.media.audio.playout import MOST_PACKETS, TOO_FAR, Packet, Playout
from homecall_appliance.media.ports import BLOCK_SAMPLES
from tests.media.audio.line import LATE, SECONDS, Line, lan, spoken

pytestmark = pytest.mark.slow


def packets() -> list[bytes]:
    """Speech, encoded."""
    return [sound.data for sound in spoken()]


def test_on_a_lan_all_is_heard_and_soon() -> None:
    line = Line().run(10)
    assert line.played.packets > 490
    assert (line.played.late, line.played.concealed) == (0, 0)
    assert line.played.left_out < 3  # before the first was due
    assert line.played.stretched < 5
    assert max(played.delay for _, played in line.course) < LATE
    assert np.abs(line.sound(1, 10)).max() > 5000


def test_jitter_and_loss_are_borne_and_forgotten() -> None:
    def rough(time: float, random: np.random.Generator) -> float | None:
        if not 5 < time < 15:
            return lan(time, random)
        return None if random.random() < 0.03 else 0.005 + float(random.uniform(0, 0.05))

    line = Line(rough).run(30)
    before, during, after = (line.at(time) for time in (5, 15, 29))
    assert before.delay < LATE
    assert during.delay < 0.12
    assert during.recovered > 8  # of about 15
    assert during.concealed - before.concealed < 15
    assert after.concealed - during.concealed < 3
    assert after.delay < LATE


@pytest.mark.parametrize(("sender", "card"), [(200, 0), (-200, 0), (0, 200), (0, -200)])
def test_clocks_that_drift_apart_are_followed(sender: int, card: int) -> None:
    line = Line(sender_ppm=sender, card_ppm=card).run(300)  # 60 ms apart in the end
    assert max(played.delay for _, played in line.course) < LATE
    assert min(played.delay for now, played in line.course if now > 1) > 0.0
    assert line.played.concealed < 5
    assert line.played.left_out < 3


def test_a_card_that_takes_two_blocks_at_a_time() -> None:
    line = Line(card=lambda number: 0.0 if number % 2 else SECONDS).run(20)
    assert line.played.concealed < 3
    assert line.at(19).delay < LATE


def test_a_card_that_was_stopped_is_not_late_for_long() -> None:
    line = Line(card=lambda number: 0.0 if number < 250 else 0.4).run(15)
    assert line.at(14).delay < LATE


def test_what_was_held_up_is_caught_up_with() -> None:
    def held_up(time: float, random: np.random.Generator) -> float:
        return lan(time, random) + max(0.0, 0.4 - (time - 5) if 5 <= time < 5.4 else 0.0)

    line = Line(held_up).run(15)
    assert line.at(5.5).delay < TOO_FAR
    assert line.at(13).delay < LATE
    assert line.played.concealed < 30


def test_after_an_outage_it_goes_on_as_before() -> None:
    line = Line(lambda time, random: None if 5 < time < 9 else lan(time, random)).run(14)
    assert not line.sound(6.5, 9).any()
    assert np.abs(line.sound(9.2, 14)).max() > 5000
    assert line.at(13).delay < LATE


def test_a_packet_out_of_order_is_in_its_place_and_one_twice_is_late() -> None:
    one, other = Playout(OpusDecoder), Playout(OpusDecoder)
    for number, data in enumerate(packets()[:100:2]):
        pair = [
            Packet(2 * number + each, (2 * number + each) * BLOCK_SAMPLES, data) for each in (0, 1)
        ]
        for playout, coming in ((one, pair), (other, [*reversed(pair), pair[0]])):
            for packet in coming:
                playout.put(packet, 2 * number * SECONDS)
        for each in (0, 1):
            now = (2 * number + each) * SECONDS
            assert repr(one.take(now)) == repr(other.take(now))
    assert (one.played.late, other.played.late) == (0, 50)
    assert other.played.concealed == 0


def test_a_sender_that_begins_again_is_heard() -> None:
    playout = Playout(OpusDecoder)
    heard = []
    for number, data in enumerate(packets()[:100]):
        timestamp = number * BLOCK_SAMPLES + (0 if number < 50 else 3_000_000_000)
        playout.put(Packet(number, timestamp % 2**32, data), number * SECONDS)
        heard.append(playout.take(number * SECONDS + 0.001))
    assert sum(block is None for block in heard[50:]) < 5


def test_what_nobody_takes_is_bounded() -> None:
    playout = Playout(OpusDecoder)
    for number, data in enumerate(packets() * 5):
        playout.put(Packet(number, number * BLOCK_SAMPLES, data), number * SECONDS)
    assert playout.take(number * SECONDS + 0.05) is not None
    assert playout.played.delay < 0.1
    assert len(playout._waiting) <= MOST_PACKETS


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 2**16 - 1),
            st.one_of(
                st.integers(0, 2**32 - 1),
                st.integers(0, 40).map(lambda number: number * BLOCK_SAMPLES // 2),
                st.integers(0, 5000),
            ),
            st.one_of(st.binary(max_size=40), st.sampled_from([*packets()[:8], b"\x78"])),
            st.floats(0, 0.1),
        ),
        max_size=50,
    )
)
def test_whatever_a_stranger_sends_blocks_come_out(
    sent: list[tuple[int, int, bytes, float]],
) -> None:
    playout, now = Playout(OpusDecoder), 0.0
    for sequence_number, timestamp, payload, pause in sent:
        now += pause
        playout.put(Packet(sequence_number, timestamp, payload), now)
        block = playout.take(now)
        assert block is None or block.shape == (BLOCK_SAMPLES,)
    assert playout.take(now + 10) is None
