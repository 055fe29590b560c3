"""RTP packets, by bytes written out from RFC 3550 and RFC 8285."""

import pytest
from aiortc import rtp as aiortc_rtp
from hypothesis import given
from hypothesis import strategies as st

from homecall_appliance.media.rtp.packet import RtpPacket, is_rtcp, read_rtp

HEAD = bytes.fromhex("80 e0 1234 00000a0b 00000c0d")
"""Version 2, the marker, payload type 96, and three numbers."""


def test_a_packet_is_read() -> None:
    assert read_rtp(HEAD + b"abc") == RtpPacket(96, True, 0x1234, 0xA0B, 0xC0D, {}, b"abc")


@pytest.mark.parametrize(
    ("packet", "payload"),
    [
        (b"\x82" + HEAD[1:] + bytes(8) + b"abc", b"abc"),  # two contributing sources
        (b"\xa0" + HEAD[1:] + b"abc\0\2", b"abc"),  # padding
        (b"\xa0" + HEAD[1:] + b"\0\0\3", b""),  # nothing else
        (HEAD, b""),
    ],
)
def test_what_is_around_a_payload_is_left_out(packet: bytes, payload: bytes) -> None:
    read = read_rtp(packet)
    assert read
    assert read.payload == payload


@pytest.mark.parametrize(
    ("extension", "read"),
    [
        ("bede 0001 10 aa 00 00", {1: b"\xaa"}),
        ("bede 0002 10 aa 00 22 010203 00", {1: b"\xaa", 2: b"\1\2\3"}),
        ("bede 0001 10 aa f0 20", {1: b"\xaa"}),  # 15 ends the reading
        ("bede 0001 10 aa 33 01", {1: b"\xaa"}),  # one that goes beyond the end
        ("1000 0002 01 01 aa 00 0f 02 bbcc", {1: b"\xaa", 15: b"\xbb\xcc"}),
        ("1003 0001 01 00 00 00", {1: b""}),
        ("abcd 0001 10 aa 00 00", {}),  # somebody's own
        ("bede 0000", {}),
    ],
)
def test_header_extensions_are_read(extension: str, read: dict[int, bytes]) -> None:
    packet = read_rtp(b"\x90" + HEAD[1:] + bytes.fromhex(extension) + b"abc")
    assert packet
    assert (packet.extensions, packet.payload) == (read, b"abc")


@pytest.mark.parametrize(
    "packet",
    [
        b"",
        HEAD[:-1],
        b"\x40" + HEAD[1:],  # version 1
        b"\x8f" + HEAD[1:] + bytes(59),  # fewer sources than it says
        b"\x90" + HEAD[1:] + b"\xbe\xde",  # half an extension
        b"\x90" + HEAD[1:] + b"\xbe\xde\0\2" + bytes(7),
        b"\xa0" + HEAD[1:] + b"abc\0",  # no padding
        b"\xa0" + HEAD[1:] + b"abc\5",  # more padding than there is
    ],
)
def test_what_is_malformed_is_no_packet(packet: bytes) -> None:
    assert read_rtp(packet) is None


@pytest.mark.parametrize(
    ("second", "rtcp"),
    [(191, False), (192, True), (200, True), (223, True), (224, False), (96, False)],
)
def test_rtcp_is_told_by_its_packet_type(second: int, rtcp: bool) -> None:
    assert is_rtcp(bytes([0x80, second])) is rtcp


@given(st.binary(max_size=80))
def test_whatever_bytes_come_nothing_is_raised(data: bytes) -> None:
    read_rtp(data)
    read_rtp(b"\x90" + data)
    is_rtcp(data)


@given(st.binary(min_size=12, max_size=60))
def test_what_aiortc_reads_is_read_alike(data: bytes) -> None:
    packet = b"\x80" + data[1:]
    theirs, ours = aiortc_rtp.RtpPacket.parse(packet), read_rtp(packet)
    assert ours
    assert (ours.sequence_number, ours.timestamp, ours.ssrc, ours.payload) == (
        theirs.sequence_number,
        theirs.timestamp,
        theirs.ssrc,
        theirs.payload,
    )
