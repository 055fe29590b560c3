"""The Raspberry Pi's own encoder beside that of the software: what is decided, and handed over."""

from fractions import Fraction

import pytest

from homecall_appliance.media.video.handover import PACKETS, Encoded, Handover
from homecall_appliance.media.video.picture import Picture
from homecall_appliance.media.video.raspberry import hardware_suits
from homecall_appliance.media.video.rising import Rising


@pytest.mark.parametrize(
    ("course", "suits"),
    [
        ([1_500_000, 700_000, 600_000], [True, True, True]),
        ([599_999, 700_000, 749_999, 750_000, 700_000], [False, False, False, True, True]),
    ],
)
def test_the_hardware_is_not_for_poor_networks(course: list[int], suits: list[bool]) -> None:
    seen, in_use = [], True
    for bitrate in course:
        in_use = hardware_suits(bitrate, in_use=in_use)
        seen.append(in_use)
    assert seen == suits


def test_two_encoders_in_turn_have_timestamps_that_increase() -> None:
    rising = Rising()
    pictures = [
        rising.h264(b"", Fraction(1, 30), keyframe=True),
        rising.risen(Picture("h264", b"", 3000, True)),
        rising.risen(Picture("h264", b"", 2900, False)),
        rising.h264(b"", Fraction(2, 30), keyframe=False),
    ]
    assert [picture.timestamp for picture in pictures] == [3000, 3001, 3002, 6000]


def test_what_is_handed_over_is_in_order_and_goes_on_with_a_key_frame() -> None:
    events: list[str] = []
    handover = Handover(lambda: events.append("key frame wanted"))
    assert handover.take(0.0) == []
    for number in range(PACKETS):
        handover.put(b"%d" % number, number == 0, number)
    assert [packet.data for packet in handover.take(0.0)] == [b"%d" % n for n in range(PACKETS)]
    for number in range(PACKETS + 3):
        handover.put(b"%d" % number, False, number)
    assert (handover.take(0.0), events, handover.dropped) == ([], ["key frame wanted"], PACKETS + 3)
    handover.put(b"key", True, 2_000_000)
    handover.put(b"next", False, 2_033_333)
    assert handover.take(0.0) == [
        Encoded(b"key", Fraction(2), True),
        Encoded(b"next", Fraction(2_033_333, 1_000_000), False),
    ]
