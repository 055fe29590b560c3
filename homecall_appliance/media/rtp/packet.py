"""RTP packets as they come (RFC 3550, section 5; header extensions: RFC 8285)."""

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

_HEADER = struct.Struct("!BBHII")
_VERSION, _PADDING, _EXTENSION, _CSRC_COUNT = 0xC0, 0x20, 0x10, 0x0F
_VERSION_2 = 0x80
_MARKER, _PAYLOAD_TYPE = 0x80, 0x7F

_ONE_BYTE, _TWO_BYTE, _TWO_BYTE_MASK = 0xBEDE, 0x1000, 0xFFF0  # RFC 8285, sections 4.2 and 4.3
_RESERVED = 15
"""The number of an element at which reading ends (RFC 8285, section 4.2)."""


@dataclass(frozen=True, slots=True)
class RtpPacket:
    """One packet that was received."""

    payload_type: int
    marker: bool
    sequence_number: int
    timestamp: int
    ssrc: int
    extensions: Mapping[int, bytes]
    """The values of its header extensions by their number; the last of those that are repeated."""

    payload: bytes
    """Without padding; empty, where it is nothing but that."""


def is_rtcp(datagram: bytes) -> bool:
    """Whether a datagram of RTP or RTCP is the latter (RFC 5761, section 4)."""
    return len(datagram) > 1 and 192 <= datagram[1] < 224


def read_rtp(data: bytes) -> RtpPacket | None:
    """Read a packet; None for one that is malformed. Takes time in proportion to its length."""
    if len(data) < _HEADER.size or data[0] & _VERSION != _VERSION_2:
        return None
    first, second, number, timestamp, ssrc = _HEADER.unpack_from(data)
    start, end = _HEADER.size + 4 * (first & _CSRC_COUNT), len(data)
    extensions: Mapping[int, bytes] = {}
    if first & _EXTENSION:
        if start + 4 > end:
            return None
        profile, words = struct.unpack_from("!HH", data, start)
        block, start = start + 4, start + 4 + 4 * words
        if start > end:
            return None
        extensions = dict(_elements(profile, data[block:start]))
    if first & _PADDING:
        end -= data[-1]
        if data[-1] == 0:
            return None
    if start > end:
        return None
    return RtpPacket(
        second & _PAYLOAD_TYPE,
        bool(second & _MARKER),
        number,
        timestamp,
        ssrc,
        extensions,
        data[start:end],
    )


def _elements(profile: int, block: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the elements of a header extension, up to one that goes beyond it."""
    if profile == _ONE_BYTE:
        header = 1
    elif profile & _TWO_BYTE_MASK == _TWO_BYTE:
        header = 2
    else:
        return
    place = 0
    while place + header <= len(block):
        number = block[place] if header == 2 else block[place] >> 4
        if block[place] == 0:  # padding
            place += 1
            continue
        if header == 1 and number == _RESERVED:
            return
        length = block[place + 1] if header == 2 else (block[place] & 15) + 1
        place += header
        if place + length > len(block):
            return
        yield number, block[place : place + length]
        place += length
