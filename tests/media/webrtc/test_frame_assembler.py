"""Pictures from packets that come late, twice, out of order or never."""

from collections.abc import Iterable
from dataclasses import replace
from itertools import chain, pairwise
from operator import itemgetter
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homecall_appliance.media.video.picture import Codec
from homecall_appliance.media.webrtc.frame_assembler import (
    ASK_AGAIN,
    CAPACITY,
    PATIENCE,
    Assembly,
    Part,
)

START_CODE = b"\0\0\0\1"
SPS, DELIMITER, IDR, SLICE = (START_CODE + bytes([0x60 | kind]) + b"abc" for kind in (7, 9, 5, 1))
VP8_KEYFRAME = b"\x10\x02\x00\x9d\x01\x2a\x40\x01\xf0\x00abc"
VP8_OTHER = b"\x11\x02\x00abcdefgh"


def film(*pieces: int, first: int = 65530, keyframes: Iterable[int] = (0,)) -> list[list[Part]]:
    """Pictures of so many packets each; `keyframes` are the numbers of those that are one."""
    pictures, sequence_number = [], first
    for number, size in enumerate(pieces):
        head = SPS + IDR if number in [*keyframes] else SLICE
        picture = []
        for piece in range(size):
            data = head if piece == 0 else b"%d.%d" % (number, piece)
            last = piece == size - 1
            picture.append(Part(sequence_number & 0xFFFF, 1000 + 3000 * number, last, "h264", data))
            sequence_number += 1
        pictures.append(picture)
    return pictures


def data(picture: Iterable[Part]) -> bytes:
    """What a decoder is to get of it."""
    return b"".join(part.data for part in picture)


def got(assembly: Assembly, parts: Iterable[Part], now: float = 0.0) -> list[bytes]:
    """What comes of packets."""
    return [picture.data for part in parts for picture in assembly.add(part, now)]


def test_a_picture_is_there_with_its_last_packet() -> None:
    assembly, pictures = Assembly(), film(3, 1, 2)
    history = [[each.data for each in assembly.add(part, 0.0)] for part in chain(*pictures)]
    one, two, three = ([data(picture)] for picture in pictures)
    assert history == [[], [], one, two, [], three]


def test_the_first_is_a_key_frame_and_the_others_are_not() -> None:
    assembly = Assembly()
    pictures = [picture for part in chain(*film(3, 1)) for picture in assembly.add(part, 0.0)]
    assert [(each.keyframe, each.timestamp) for each in pictures] == [(True, 1000), (False, 4000)]


@given(st.data(), st.lists(st.integers(1, 6), min_size=1, max_size=8))
def test_what_comes_out_of_order_and_twice_is_what_it_was(
    draw: st.DataObject, sizes: list[int]
) -> None:
    pictures = film(*sizes)
    first, *others = chain(*pictures)
    shuffled = draw.draw(st.permutations(others + others[::2]))
    assert got(Assembly(), [first, *shuffled]) == [data(picture) for picture in pictures]


def test_a_lost_packet_is_waited_for() -> None:
    assembly, pictures = Assembly(), film(2, 2, 1, 1)
    [*before, lost], *after = pictures[0], *pictures[1:]
    assert got(assembly, [*before, *chain(*after)]) == []
    assert got(assembly, [lost], now=PATIENCE * 2) == [data(picture) for picture in pictures]
    assert not assembly.asks_for_keyframe(PATIENCE * 2)


def test_each_lost_packet_is_waited_for_by_itself() -> None:
    assembly, (first, second, third, fourth, fifth) = Assembly(), film(1, 2, 2, 2, 2)
    assert got(assembly, first) == [data(first)]
    assert got(assembly, second[1:], now=1.0) == []
    assert got(assembly, third[1:], now=1.0 + 0.9 * PATIENCE) == []
    assert got(assembly, second[:1], now=1.0 + 0.95 * PATIENCE) == [data(second)]
    assert got(assembly, fourth[:1], now=1.0 + 1.5 * PATIENCE) == [], "the third still has time"
    assert got(assembly, third[:1], now=1.0 + 1.8 * PATIENCE) == [data(third)]
    assert got(assembly, fourth[1:], now=1.0 + 1.8 * PATIENCE) == [data(fourth)]
    assert got(assembly, fifth[1:], now=10.0) == []
    assert got(assembly, fifth[1:], now=10.0 + 0.9 * PATIENCE) == [], "it came again"
    assert got(assembly, fifth[:1], now=10.0 + 1.1 * PATIENCE) == [data(fifth)]
    assert not assembly.asks_for_keyframe(20.0)


@pytest.mark.parametrize("loss", [0.0, 0.02, 0.05])
@pytest.mark.parametrize("repair", [0.1, 0.25])
def test_where_every_lost_packet_is_repaired_every_picture_is_whole(
    loss: float, repair: float
) -> None:
    """30 pictures a second of 10 packets each; what is lost comes `repair` seconds later."""
    pictures, random = film(*[10] * 900), Random(16)
    arrivals = [
        (number / 30 + (repair if random.random() < loss else 0.0), part)
        for number, picture in enumerate(pictures)
        for part in picture
    ]
    assembly = Assembly()
    whole = [
        picture.data
        for now, part in sorted(arrivals, key=itemgetter(0))
        for picture in assembly.add(part, now)
    ]
    assert whole == [data(picture) for picture in pictures]


def test_one_that_never_comes_is_asked_for_as_a_key_frame() -> None:
    assembly = Assembly()
    first, broken, spoilt, late, fresh = film(1, 2, 1, 1, 2, keyframes=(0, 4))
    assert got(assembly, first) == [data(first)]
    assert got(assembly, [broken[1], *spoilt], now=1.0) == []
    assert not assembly.asks_for_keyframe(1.0), "it may still come"
    assert got(assembly, late, now=1.01 + PATIENCE) == []
    asked = [assembly.asks_for_keyframe(2.0 + after) for after in (0.0, 0.1, ASK_AGAIN + 0.1)]
    assert asked == [True, False, True]
    assert got(assembly, fresh, now=3.0) == [data(fresh)]
    assert not assembly.asks_for_keyframe(5.0)


def test_a_film_in_the_middle_of_which_one_comes() -> None:
    assembly, (*before, keyframe, after) = Assembly(), film(2, 1, 3, 1, keyframes=(2,))
    assert got(assembly, chain(*before)) == []
    assert [assembly.asks_for_keyframe(now) for now in (0.1, ASK_AGAIN + 0.1)] == [False, True]
    assert got(assembly, chain(keyframe, after)) == [data(keyframe), data(after)]


def test_a_key_frame_whose_beginning_is_lost_is_none() -> None:
    assembly, (keyframe, after) = Assembly(), film(3, 1)
    assert got(assembly, [*keyframe[1:], *after]) == []


@pytest.mark.parametrize(
    ("codec", "head", "keyframe"),
    [
        ("h264", SPS + IDR, True),
        ("h264", DELIMITER + SPS + IDR, True),
        ("h264", DELIMITER + SLICE, False),
        ("h264", SLICE, False),
        ("h264", b"garbage", False),
        ("vp8", VP8_KEYFRAME, True),
        ("vp8", VP8_OTHER, False),
        ("vp8", b"\0", False),
    ],
)
def test_what_is_a_key_frame(codec: Codec, head: bytes, keyframe: bool) -> None:
    assembly = Assembly()
    assert bool(got(assembly, [Part(1, 1, True, codec, head)])) is keyframe


def test_without_markers_a_picture_is_there_with_the_next_one() -> None:
    pictures = [[replace(part, last=False) for part in picture] for picture in film(2, 3, 1)]
    assert got(Assembly(), chain(*pictures)) == [data(picture) for picture in pictures[:-1]]


def test_padding_is_no_picture() -> None:
    [first, padding, second] = film(1, 2, 1)
    empty = [replace(part, data=b"", last=False) for part in padding]
    assert got(Assembly(), [*first, *empty, *second]) == [data(first), data(second)]


def test_numbers_that_leap_are_another_beginning() -> None:
    assembly = Assembly()
    for one, other in pairwise([100, 20_000, 19_000, 65_535, 0]):
        [first], *_ = film(1, first=one)
        [second], *_ = film(1, first=other)
        assert got(assembly, [first, second])[-1:] == [second.data]


def test_a_picture_without_an_end_is_given_up() -> None:
    assembly, [endless, *others] = Assembly(), film(3 * CAPACITY, 1, 1, keyframes=(0, 2))
    endless = [replace(part, last=False) for part in endless]
    assert got(assembly, chain(endless, *others)) == [data(others[-1])]


def test_what_was_not_decoded_is_gone_on_from_with_a_key_frame() -> None:
    assembly, (first, spoilt, fresh) = Assembly(), film(1, 1, 1, keyframes=(0, 2))
    assert got(assembly, first) == [data(first)]
    assembly.lose()
    assert got(assembly, spoilt) == []
    assert assembly.asks_for_keyframe(ASK_AGAIN * 2)
    assert got(assembly, fresh) == [data(fresh)]
