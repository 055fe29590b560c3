"""What the payload of an RTP packet holds of a picture: H.264 by RFC 6184, VP8 by RFC 7741. PURE.

The counterpart of `packetizer`. One packet is read at a time, in linear time, and what a stranger
has put into it is only looked at where a length says that it is there.
"""

from collections.abc import Iterator

from homecall_appliance.media.video.picture import Codec

_START_CODE = b"\x00\x00\x00\x01"  # H.264, Annex B

_STAP_A, _FU_A = 24, 28
_IMPORTANCE, _TYPE = 0xE0, 0x1F  # the two parts of a NAL unit's first byte
_FIRST = 0x80  # the bit of an FU-A's second byte

_EXTENDED = 0x80  # the bit X of a payload descriptor of VP8
_PICTURE_ID, _TL0PICIDX, _TID, _KEYIDX = 0x80, 0x40, 0x20, 0x10  # the bits of its second byte
_LONG = 0x80  # the bit M of a picture ID


def depacketize(codec: Codec, payload: bytes) -> bytes | None:
    """Return what a payload adds to its picture, as a decoder takes it.

    For H.264 that is one or more NAL units with their start codes, or the continuation of one; for
    VP8 a piece of the frame. Returns b"" for an empty payload, which is padding, and None for one
    that is malformed, or of a kind that packetization-mode 1 does not have (RFC 6184, section 6.3).
    """
    if not payload:
        return b""
    return _h264(payload) if codec == "h264" else _vp8(payload)


def _h264(payload: bytes) -> bytes | None:
    kind = payload[0] & _TYPE
    if 0 < kind < _STAP_A:
        return _START_CODE + payload
    if kind == _STAP_A:
        try:
            return b"".join(_START_CODE + unit for unit in _aggregated(payload))
        except ValueError:
            return None
    if kind == _FU_A and len(payload) > 2:
        indicator, header = payload[0], payload[1]
        if header & _FIRST:
            unit_header = bytes([indicator & _IMPORTANCE | header & _TYPE])
            return _START_CODE + unit_header + payload[2:]
        return payload[2:]
    return None


def _aggregated(payload: bytes) -> Iterator[bytes]:
    """Yield the NAL units of a STAP-A (RFC 6184, section 5.7.1). Raises ValueError."""
    start = 1
    while start < len(payload):
        end = start + 2 + int.from_bytes(payload[start : start + 2], "big")
        if not start + 2 < end <= len(payload):
            raise ValueError("a NAL unit that is empty or goes beyond the packet")
        yield payload[start + 2 : end]
        start = end


def _vp8(payload: bytes) -> bytes | None:
    """Leave out the payload descriptor (RFC 7741, section 4.2)."""
    length = 1
    if payload[0] & _EXTENDED:
        length += 1
        flags = payload[1] if len(payload) > 1 else 0
        if flags & _PICTURE_ID:
            length += 2 if payload[length : length + 1] >= bytes([_LONG]) else 1
        length += bool(flags & _TL0PICIDX) + bool(flags & (_TID | _KEYIDX))
    return payload[length:] if length < len(payload) else None
