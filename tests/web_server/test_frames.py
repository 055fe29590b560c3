"""RFC 6455: the examples of unmasked frames (section 5.7), and what a client's header may say."""

import struct
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homecall_appliance.web.frames import FrameChecker, FrameFault, Opcode, frame

LIMIT = 1000
FIN, MASKED = 0x80, 0x80
TEXT, BINARY, CLOSE, PING, PONG = 0x1, 0x2, 0x8, 0x9, 0xA


@pytest.mark.parametrize(
    ("opcode", "payload", "head"),
    [
        (Opcode.TEXT, b"Hello", b"\x81\x05"),
        (Opcode.PING, b"Hello", b"\x89\x05"),
        (Opcode.PONG, b"", b"\x8a\x00"),
        (Opcode.TEXT, bytes(125), b"\x81\x7d"),
        (Opcode.TEXT, bytes(126), b"\x81\x7e\x00\x7e"),
        (Opcode.TEXT, bytes(256), b"\x81\x7e\x01\x00"),
        (Opcode.TEXT, bytes(65_535), b"\x81\x7e\xff\xff"),
        (Opcode.TEXT, bytes(65_536), b"\x81\x7f\x00\x00\x00\x00\x00\x01\x00\x00"),
    ],
)
def test_a_frame_says_its_length(opcode: Opcode, payload: bytes, head: bytes) -> None:
    assert frame(opcode, payload) == head + payload


def sent(first: int, payload: bytes = b"", length: int | None = None, mask: int = MASKED) -> bytes:
    """A client's frame, which may claim a length that it does not have."""
    length = len(payload) if length is None else length
    if length < 126:
        head = struct.pack(">BB", first, mask | length)
    elif length < 1 << 16:
        head = struct.pack(">BBH", first, mask | 126, length)
    else:
        head = struct.pack(">BBQ", first, mask | 127, length)
    return head + bytes(4 if mask else 0) + payload


WITHIN_THE_RULES = [
    sent(FIN | TEXT, b"x" * LIMIT),
    sent(FIN | BINARY, b"x" * 126, mask=0),
    sent(TEXT, b"x" * 500) + sent(FIN | PING, b"p" * 125) + sent(FIN, b"x" * 500),
    sent(TEXT) + sent(0) + sent(FIN) + sent(FIN | TEXT, b"x" * LIMIT),
    sent(FIN | PONG) + sent(FIN | CLOSE, b"\3\xe8"),
]

AGAINST_THE_RULES = [
    *((sent(FIN | reserved | TEXT), FrameFault.PROTOCOL) for reserved in (0x40, 0x20, 0x10)),
    *((sent(FIN | opcode), FrameFault.PROTOCOL) for opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15)),
    *((sent(control), FrameFault.PROTOCOL) for control in (CLOSE, PING, PONG)),
    *((sent(FIN | control, length=126), FrameFault.PROTOCOL) for control in (CLOSE, PING, PONG)),
    *((sent(first), FrameFault.PROTOCOL) for first in (0, FIN)),
    *(
        (sent(FIN | TEXT, length=length), FrameFault.TOO_BIG)
        for length in (LIMIT + 1, (1 << 63) - 1, 1 << 63, (1 << 64) - 1)
    ),
]

IN_A_MESSAGE = [
    (sent(FIN | TEXT), FrameFault.PROTOCOL),
    (sent(TEXT), FrameFault.PROTOCOL),
    (sent(0, length=LIMIT), FrameFault.TOO_BIG),
    (sent(FIN, length=LIMIT), FrameFault.TOO_BIG),
]


def in_pieces(checker: FrameChecker, data: bytes, cuts: set[int]) -> bytes:
    """What passes of data that comes cut there."""
    edges = [0, *sorted(cut for cut in cuts if cut < len(data)), len(data)]
    pieces = (data[start:end] for start, end in pairwise(edges))
    return b"".join(checker.pass_on(piece) for piece in pieces)


@given(st.lists(st.sampled_from(WITHIN_THE_RULES), max_size=4), st.sets(st.integers(1, 3000)))
def test_what_obeys_the_rules_passes_as_it_comes(frames: list[bytes], cuts: set[int]) -> None:
    data = b"".join(frames)
    checker = FrameChecker(LIMIT)
    assert in_pieces(checker, data, cuts) == data
    assert checker.refused is None


@given(
    st.lists(st.sampled_from(WITHIN_THE_RULES), max_size=2).map(b"".join),
    st.sampled_from(
        [(b"", *each) for each in AGAINST_THE_RULES]
        + [(sent(TEXT, b"x"), *each) for each in IN_A_MESSAGE]
    ),
    st.sets(st.integers(1, 3000)),
)
def test_a_header_against_the_rules_and_all_after_it_are_held_back(
    before: bytes, case: tuple[bytes, bytes, FrameFault], cuts: set[int]
) -> None:
    begun, against, fault = case
    checker = FrameChecker(LIMIT)
    passed = in_pieces(checker, before + begun + against + sent(FIN | TEXT, b"x"), cuts)
    assert passed == before + begun
    assert checker.refused is fault
    assert checker.pass_on(WITHIN_THE_RULES[0]) == b""


@given(st.binary(max_size=300), st.sets(st.integers(1, 300)))
def test_however_it_comes_the_same_passes(data: bytes, cuts: set[int]) -> None:
    whole, cut = FrameChecker(LIMIT), FrameChecker(LIMIT)
    assert in_pieces(cut, data, cuts) == whole.pass_on(data)
    assert cut.refused is whole.refused
