"""The frames of a WebSocket server, as RFC 6455 writes them (section 5.2). PURE."""

import struct
from enum import IntEnum

_FINAL = 0x80
_LENGTH_16, _LENGTH_64 = 126, 127


class Opcode(IntEnum):
    """What a frame is."""

    TEXT = 0x1
    PING = 0x9
    PONG = 0xA


def frame(opcode: Opcode, payload: bytes) -> bytes:
    """Return a whole message in one frame, which a server does not mask (section 5.1)."""
    length = len(payload)
    if length < _LENGTH_16:
        return struct.pack(">BB", _FINAL | opcode, length) + payload
    if length < 1 << 16:
        return struct.pack(">BBH", _FINAL | opcode, _LENGTH_16, length) + payload
    return struct.pack(">BBQ", _FINAL | opcode, _LENGTH_64, length) + payload
