"""RFC 6455, section 5.7: the examples of unmasked frames."""

import pytest

from homecall_appliance.web.frames import Opcode, frame


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
