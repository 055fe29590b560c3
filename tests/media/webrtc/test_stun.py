"""STUN messages: RFC 5769's test vectors, and what anybody may send instead."""

import hashlib
import struct
import zlib

import pytest
from aioice.stun import parse_message
from hypothesis import example, given
from hypothesis import strategies as st

from homecall_appliance.media.webrtc.stun import (
    BINDING,
    MAX_ATTRIBUTES,
    Class,
    Header,
    authentic,
    read,
    read_header,
)

KEY = b"VOkJxbRl1RmTxUk/WvJxBt"
TRANSACTION = bytes.fromhex("b7e7a701bc34d686fa87dfae")

REQUEST = bytes.fromhex(
    "00010058 2112a442 b7e7a701bc34d686fa87dfae"
    "80220010 5354554e207465737420636c69656e74"
    "00240004 6e0001ff"
    "80290008 932ff9b151263b36"
    "00060009 6576746a3a68367659202020"
    "00080014 9aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2"
    "80280004 e57a3bcf"
)
RESPONSE = bytes.fromhex(
    "0101003c 2112a442 b7e7a701bc34d686fa87dfae"
    "8022000b 7465737420766563746f7220"
    "00200008 0001a147e112a643"
    "00080014 2b91f599fd9e90c38c7489f92af9ba53f06be7d7"
    "80280004 c07d4c96"
)
RESPONSE_6 = bytes.fromhex(
    "01010048 2112a442 b7e7a701bc34d686fa87dfae"
    "8022000b 7465737420766563746f7220"
    "00200014 0002a1470113a9faa5d3f179bc25f4b5bed2b9d9"
    "00080014 a382954e4be67bf11784c97c8292c275bfe3ed41"
    "80280004 c8fb0b4c"
)
LONG_TERM = bytes.fromhex(
    "00010060 2112a442 78ad3433c6ad72c029da412e"
    "00060012 e3839ee38388e383aae38383e382afe382b90000"
    "0015001c 662f2f3439396b39353464364f4c33346f4c394653547679363473"
    "41"
    "0014000b 6578616d706c652e6f726700"
    "00080014 f67024656dd64a3e02b8e0712e85c9a28ca89666"
)
LONG_TERM_KEY = hashlib.md5("マトリックス:example.org:TheMatrIX".encode()).digest()  # noqa: S324


def message(*attributes: tuple[int, bytes], kind: int = 0x0001, fingerprint: bool = False) -> bytes:
    """Build a message of our own."""
    body = b"".join(
        struct.pack("!HH", number, len(value)) + value + bytes(-len(value) % 4)
        for number, value in attributes
    )
    whole = struct.pack("!HHL", kind, len(body) + 8 * fingerprint, 0x2112A442) + TRANSACTION + body
    if fingerprint:
        whole += struct.pack("!HHL", 0x8028, 4, zlib.crc32(whole) ^ 0x5354554E)
    return whole


@pytest.mark.parametrize(
    ("data", "key", "kind", "username"),
    [
        (REQUEST, KEY, Class.REQUEST, "evtj:h6vY"),
        (RESPONSE, KEY, Class.RESPONSE, ""),
        (RESPONSE_6, KEY, Class.RESPONSE, ""),
        (LONG_TERM, LONG_TERM_KEY, Class.REQUEST, "マトリックス"),
    ],
)
def test_the_test_vectors_of_the_rfc(data: bytes, key: bytes, kind: Class, username: str) -> None:
    assert read_header(data) == Header(BINDING, kind, data[8:20])
    assert (got := read(data))
    assert got.username.decode() == username
    assert authentic(data, got, key)
    assert not authentic(data, got, key[:-1] + b"!")


@pytest.mark.parametrize("data", [REQUEST, RESPONSE, RESPONSE_6])
@pytest.mark.parametrize("bit", range(8))
def test_a_bit_that_is_turned_makes_it_another_message(data: bytes, bit: int) -> None:
    for place in range(len(data)):
        turned = bytearray(data)
        turned[place] ^= 1 << bit
        changed = bytes(turned)
        header = read_header(changed)
        got = read(changed) if header else None
        assert got is None or not authentic(changed, got, KEY)


@pytest.mark.parametrize("size", range(len(REQUEST)))
def test_a_message_cut_short_is_none(size: int) -> None:
    assert read_header(REQUEST[:size]) is None


@pytest.mark.parametrize(
    "data",
    [
        b"",
        REQUEST + b"\0\0\0\0",
        REQUEST[:4] + b"\0\0\0\0" + REQUEST[8:],  # RFC 3489 had no cookie
        b"\x40" + REQUEST[1:],
        b"\x80" + REQUEST[1:],
        message((0x8022, b"abc"))[:-1],
    ],
)
def test_what_has_no_header_of_stun(data: bytes) -> None:
    assert read_header(data) is None


def followed_fingerprint() -> bytes:
    """Build a message whose FINGERPRINT is right, but not the last attribute."""
    head = message((0x8028, bytes(4)), (0x0024, bytes(4)))[:20]
    right = zlib.crc32(head) ^ 0x5354554E
    return message((0x8028, right.to_bytes(4)), (0x0024, bytes(4)))


MALFORMED = {
    "an attribute beyond the end": message((0x8022, bytes(8))).replace(b"\0\x08", b"\0\x09"),
    "the recipe that was found": message((0x000C, b"")),
    "CHANGE-REQUEST of 3": message((0x0003, bytes(3))),
    "PRIORITY of 3": message((0x0024, bytes(3))),
    "PRIORITY of 8": message((0x0024, bytes(8))),
    "USE-CANDIDATE with a value": message((0x0025, b"x")),
    "ICE-CONTROLLING of 4": message((0x802A, bytes(4))),
    "MESSAGE-INTEGRITY of 19": message((0x0008, bytes(19))),
    "ERROR-CODE of 3": message((0x0009, bytes(3)), kind=0x0111),
    "an ERROR-CODE that is no text": message((0x0009, b"\0\0\4\1\xff"), kind=0x0111),
    "a USERNAME that is no text": message((0x0006, b"\xff\xfe")),
    "an empty address": message((0x0020, b"")),
    "an address of one byte": message((0x0001, b"\0")),
    "an address of no family": message((0x0020, b"\0\3" + bytes(6))),
    "an address of the other family's size": message((0x0020, b"\0\1" + bytes(18))),
    "a FINGERPRINT that is wrong": message((0x8028, bytes(4))),
    "a FINGERPRINT that is not the last": followed_fingerprint(),
    "USE-CANDIDATE after MESSAGE-INTEGRITY": message((0x0008, bytes(20)), (0x0025, b"")),
    "two of MESSAGE-INTEGRITY": message((0x0008, bytes(20)), (0x0008, bytes(20))),
    "too many attributes": message(*[(0xC000, b"")] * (MAX_ATTRIBUTES + 1)),
}


@pytest.mark.parametrize("data", MALFORMED.values(), ids=MALFORMED)
def test_what_is_malformed_behind_the_header(data: bytes) -> None:
    assert read_header(data)
    assert read(data) is None


@pytest.mark.parametrize(
    "data",
    [
        message(),
        message(fingerprint=True),
        message((0xC057, bytes(5)), (0xFF00, bytes(300)), (0x7FFF, b"")),
        message((0x0008, bytes(20)), (0x001C, bytes(32)), fingerprint=True),
        message((0x0009, b"\0\0\4\1Unauthorized"), kind=0x0111),
        message(*[(0xC000, b"")] * (MAX_ATTRIBUTES - 1)),
    ],
)
def test_what_is_well_formed(data: bytes) -> None:
    assert read_header(data)
    assert (got := read(data))
    assert not authentic(data, got, KEY)
    parse_message(data)


NUMBERS = [
    *[0x0001, 0x0003, 0x0006, 0x0008, 0x0009, 0x000C, 0x000D, 0x0012, 0x0013, 0x0014, 0x0015],
    *[0x0016, 0x0019, 0x001C, 0x0020, 0x0024, 0x0025, 0x8022, 0x8028, 0x8029, 0x802A, 0x802B],
    *[0x802C, 0xC057, 0x7FFF],
]


@given(
    st.lists(st.tuples(st.sampled_from(NUMBERS), st.binary(max_size=24)), max_size=6),
    st.sampled_from([0x0001, 0x0101, 0x0111, 0x0017]),
    st.booleans(),
)
@example([(0x0020, b"\0\2" + bytes(18)), (0x8022, "ä".encode())], 0x0101, True)
def test_what_can_be_read_here_can_be_read_by_aioice(
    attributes: list[tuple[int, bytes]], kind: int, fingerprint: bool
) -> None:
    data = message(*attributes, kind=kind, fingerprint=fingerprint)
    if read(data):
        parse_message(data)


@given(st.binary(max_size=100))
def test_nothing_is_raised_at_any_bytes(data: bytes) -> None:
    if read_header(data):
        read(data)
    with_header = message()[:2] + len(data).to_bytes(2) + message()[4:] + data
    if read_header(with_header):
        read(with_header)
