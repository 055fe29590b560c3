"""The frames of a WebSocket, as RFC 6455 has them (section 5): written, and checked. PURE."""

import struct
from enum import IntEnum

_FINAL = 0x80
_RESERVED = 0x70
_CONTROL = 0x08
_MASKED = 0x80
_MASK_BYTES = 4
_LENGTH_16, _LENGTH_64 = 126, 127
_CONTINUATION = 0x0
_OPCODES = frozenset((_CONTINUATION, 0x1, 0x2, 0x8, 0x9, 0xA))


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


class FrameFault(IntEnum):
    """Why a frame is refused: the code to close with (RFC 6455, section 7.4.1)."""

    PROTOCOL = 1002
    TOO_BIG = 1009


class FrameChecker:
    """Checks the header of each frame that a client sends, before its payload is kept.

    aiohttp 3.11, as Debian 13 has it, keeps what comes of a frame until all of it is there,
    whatever length its header claims, and joins frames to a message that has never begun. This
    checks the reserved bits, the opcode, the fragmentation and the length (RFC 6455, sections 5.2,
    5.4 and 5.5), and leaves the payload and the masking to aiohttp.
    """

    def __init__(self, message_bytes: int) -> None:
        """`message_bytes` is the length of the longest message, whatever its number of frames."""
        self.refused: FrameFault | None = None
        """What was found; nothing passes from then on."""

        self._message_bytes = message_bytes
        self._in_message = False  # one has begun, and its last frame has not come
        self._length = 0  # of the message under way
        self._to_come = 0  # bytes of the frame under way
        self._held = b""  # a header that is not complete

    def pass_on(self, data: bytes) -> bytes:
        """Return of what has come the frames that obey the rules, up to the first that does not."""
        data = self._held + data
        at = 0
        while self.refused is None:
            step = min(self._to_come, len(data) - at)
            at += step
            self._to_come -= step
            header = data[at : at + 10]
            if self._to_come or not (size := _header_size(header)):
                break
            self.refused = self._take(header, size)
            if self.refused is None:
                at += size
        self._held = b"" if self.refused else data[at:]
        return data[:at]

    def refusal(self) -> bytes:
        """Return a client's frame that every reader with this limit refuses for the same reason."""
        if self.refused is FrameFault.PROTOCOL:
            return bytes((_FINAL | _RESERVED | Opcode.TEXT, _MASKED)) + bytes(_MASK_BYTES)
        first = _FINAL | (_CONTINUATION if self._in_message else Opcode.TEXT)
        length = self._message_bytes + 1
        header = struct.pack(">BBQ", first, _MASKED | _LENGTH_64, length)
        return header + bytes(_MASK_BYTES + length)

    def _take(self, header: bytes, size: int) -> FrameFault | None:
        opcode, final = header[0] & 0xF, bool(header[0] & _FINAL)
        length = int.from_bytes(header[2:size]) if size > 2 else header[1] & 0x7F
        if header[0] & _RESERVED or opcode not in _OPCODES:
            return FrameFault.PROTOCOL
        if opcode & _CONTROL:
            if not final or size > 2:
                return FrameFault.PROTOCOL
        elif (opcode == _CONTINUATION) != self._in_message:
            return FrameFault.PROTOCOL
        elif self._length + length > self._message_bytes:
            return FrameFault.TOO_BIG
        else:
            self._in_message = not final
            self._length = 0 if final else self._length + length
        self._to_come = length + (_MASK_BYTES if header[1] & _MASKED else 0)
        return None


def _header_size(start: bytes) -> int:
    """Bytes of a header without its mask; 0 while it is not complete."""
    if len(start) < 2:
        return 0
    size = {_LENGTH_16: 4, _LENGTH_64: 10}.get(start[1] & 0x7F, 2)
    return size if len(start) >= size else 0
