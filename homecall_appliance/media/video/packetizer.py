"""How a picture is cut for RTP: H.264 by RFC 6184, VP8 by RFC 7741. PURE.

All pieces of a picture but its last are of the same size where they can be: so can one system call
send them (media.rtp).
"""

from collections.abc import Iterable, Iterator

from homecall_appliance.media.video.annexb import nal_units

PAYLOAD_BYTES = 1090
"""What a packet carries at most. RTP's header and its extensions (28 bytes), the number of a packet
that is sent again (2) and the tag of SRTP (16) come to it; and on the way from a phone's relay to
the phone a Data indication (RFC 8656, section 11), as long as the phone has bound no channel, with
the peer's address, the name of the software and a fingerprint: up to 95. That is 1,231 bytes of
UDP, and 1,279 of IPv6: no path may carry less than 1,280 (RFC 8200, section 5)."""

_STAP_A, _FU_A = 24, 28
_IMPORTANCE, _TYPE = 0xE0, 0x1F  # the two parts of a NAL unit's first byte
_FIRST, _LAST = 0x80, 0x40  # the bits of an FU-A's second byte

_VP8_BEGIN, _VP8_GO_ON = b"\x10", b"\x00"


def h264_payloads(access_unit: bytes, size: int = PAYLOAD_BYTES) -> list[bytes]:
    """Cut an access unit in Annex B into what its packets carry, of `size` bytes at most."""
    return list(_h264(nal_units(access_unit), size))


def vp8_payloads(frame: bytes, size: int = PAYLOAD_BYTES) -> list[bytes]:
    """Cut a frame of VP8 into what its packets carry, of `size` bytes at most."""
    pieces = _pieces(frame, size - 1)
    return [(_VP8_GO_ON if n else _VP8_BEGIN) + piece for n, piece in enumerate(pieces)]


def _h264(units: Iterable[bytes], size: int) -> Iterator[bytes]:
    """Small units together (section 5.7.1), a large one in pieces (section 5.8)."""
    together: list[bytes] = []
    for unit in units:
        if together and 1 + sum(2 + len(each) for each in (*together, unit)) > size:
            yield _aggregate(together)
            together = []
        if len(unit) <= size:
            together.append(unit)
        else:
            yield from _fragments(unit, size)
    if together:
        yield _aggregate(together)


def _aggregate(units: list[bytes]) -> bytes:
    if len(units) == 1:
        return units[0]
    importance = max(unit[0] & _IMPORTANCE for unit in units)
    return bytes([importance | _STAP_A]) + b"".join(
        len(unit).to_bytes(2, "big") + unit for unit in units
    )


def _fragments(unit: bytes, size: int) -> Iterator[bytes]:
    indicator, kind = unit[0] & _IMPORTANCE | _FU_A, unit[0] & _TYPE
    pieces = _pieces(unit[1:], size - 2)
    for number, piece in enumerate(pieces):
        place = _FIRST if number == 0 else _LAST if number == len(pieces) - 1 else 0
        yield bytes([indicator, place | kind]) + piece


def _pieces(data: bytes, size: int) -> list[bytes]:
    return [data[start : start + size] for start in range(0, len(data), size)]
