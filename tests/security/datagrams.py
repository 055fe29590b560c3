"""Every kind of datagram that a neighbour may send, each made from a seeded source of chance.

STUN: RFC 8489; TURN's ChannelData: RFC 8656, section 12.4; DTLS 1.2: RFC 6347; RTP and RTCP:
RFC 3550, 4585; SCTP: RFC 9260. Nothing here is taken from a library that the daemon uses.
"""

import hmac
import struct
import zlib
from collections.abc import Callable, Mapping
from random import Random

COOKIE = 0x2112A442
USERNAME, MESSAGE_INTEGRITY, PRIORITY, USE_CANDIDATE = 0x0006, 0x0008, 0x0024, 0x0025
FINGERPRINT, ICE_CONTROLLED = 0x8028, 0x8029
BINDING_REQUEST, BINDING_RESPONSE, BINDING_ERROR, BINDING_INDICATION = 0x0001, 0x0101, 0x0111, 0x11

LARGEST = 65_507
"""Bytes of the largest UDP datagram of IPv4."""

MALFORMED_STUN = bytes.fromhex("000300042112a442" + "78" * 12 + "000c0000")
"""An allocation with a channel number of no bytes: a parser that trusts the length raises."""


def stun(kind: int, attributes: list[tuple[int, bytes]], transaction: bytes) -> bytes:
    """Write a STUN message of these attributes, each padded to four bytes."""
    body = b"".join(
        struct.pack("!HH", name, len(value)) + value + bytes(-len(value) % 4)
        for name, value in attributes
    )
    return struct.pack("!HHI", kind, len(body), COOKIE) + transaction + body


def signed(kind: int, attributes: list[tuple[int, bytes]], key: bytes, chance: Random) -> bytes:
    """Write a STUN message with MESSAGE-INTEGRITY by a key, and a right FINGERPRINT."""
    message = stun(kind, attributes, chance.randbytes(12))
    digest = hmac.digest(key, _with_length(message, 24), "sha1")
    message = _with_length(message, 24) + struct.pack("!HH", MESSAGE_INTEGRITY, 20) + digest
    message = _with_length(message, 8)
    check = zlib.crc32(message) ^ 0x5354554E
    return message + struct.pack("!HHI", FINGERPRINT, 4, check)


def unauthenticated(chance: Random, name: int = 40) -> bytes:
    """Write a binding request without MESSAGE-INTEGRITY, with a user name of so many bytes."""
    username = b"stranger:" + chance.randbytes(name).hex()[:name].encode()
    attributes = [(USERNAME, username), (PRIORITY, b"\x6e\x7f\xff\xff"), (ICE_CONTROLLED, bytes(8))]
    return stun(BINDING_REQUEST, attributes, chance.randbytes(12))


def mutated(data: bytes, chance: Random) -> bytes:
    """Change a message as a fuzzer does: bits, bytes, its end."""
    changed = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        if not changed:
            break
        place = chance.randrange(len(changed))
        match chance.randrange(4):
            case 0:
                changed[place] ^= 1 << chance.randrange(8)
            case 1:
                changed[place] = chance.choice((0, 1, 0x7F, 0x80, 0xFF))
            case 2:
                del changed[place:]
            case _:
                changed[place:place] = chance.randbytes(chance.randint(1, 40))
    return bytes(changed)


def _with_length(message: bytes, more: int) -> bytes:
    return message[:2] + struct.pack("!H", len(message) - 20 + more) + message[4:]


def _empty(_: Random) -> bytes:
    return b""


def _random(chance: Random) -> bytes:
    return chance.randbytes(chance.randint(1, 1400))


def _huge(chance: Random) -> bytes:
    return bytes([chance.randrange(256)]) * chance.randint(20_000, LARGEST)


def _stun_malformed(chance: Random) -> bytes:
    attributes = [
        (
            chance.choice((*range(0x26), *range(0x8020, 0x8030))),
            chance.randbytes(chance.choice(_FEW)),
        )
        for _ in range(chance.randint(1, 3))
    ]
    kind = chance.choice((1, 3, 0x101, 0x111, 0x11, 4, 6, 7, 8, 9, chance.randrange(0x4000)))
    return chance.choice((MALFORMED_STUN, stun(kind, attributes, chance.randbytes(12))))


_FEW = (0, 1, 2, 3, 4, 5, 7, 8, 9, 16, 20)


def _stun_unauthenticated(chance: Random) -> bytes:
    return unauthenticated(chance, chance.choice((0, 8, 40, 500)))


def _stun_signed_wrong(chance: Random) -> bytes:
    kind = chance.choice((BINDING_REQUEST, BINDING_RESPONSE, BINDING_ERROR, BINDING_INDICATION))
    attributes = [
        (USERNAME, b"ab12:cd34"),
        (PRIORITY, chance.randbytes(4)),
        (USE_CANDIDATE, b""),
        (ICE_CONTROLLED, chance.randbytes(8)),
    ]
    return signed(kind, attributes, chance.randbytes(22), chance)


def _stun_mutated(chance: Random) -> bytes:
    return mutated(_stun_signed_wrong(chance), chance)


def _record(content: int, epoch: int, sequence: int, body: bytes) -> bytes:
    """Write a DTLS record (RFC 6347, section 4.1)."""
    return struct.pack("!BHHHIH", content, 0xFEFD, epoch, 0, sequence, len(body)) + body


def _handshake(kind: int, length: int, offset: int, body: bytes, number: int = 0) -> bytes:
    size = struct.pack("!I", length)[1:]
    start = struct.pack("!I", offset)[1:]
    return (
        bytes([kind])
        + size
        + struct.pack("!H", number)
        + start
        + struct.pack("!I", len(body))[1:]
        + body
    )


def _dtls_hello(chance: Random) -> bytes:
    extensions = b"\x00\x0e\x00\x05\x00\x02\x00\x01\x00" + b"\x00\x17\x00\x00"
    body = (
        b"\xfe\xfd"
        + chance.randbytes(32)
        + b"\x00\x00"  # no session, no cookie
        + b"\x00\x04\xc0\x2b\xc0\x2f\x01\x00"
        + struct.pack("!H", len(extensions))
        + extensions
    )
    hello = _record(22, 0, chance.randrange(1 << 16), _handshake(1, len(body), 0, body))
    return chance.choice((hello, mutated(hello, chance)))


def _dtls_alert(chance: Random) -> bytes:
    alert = bytes([chance.choice((1, 2)), chance.choice((0, 10, 20, 40, 80, 100))])
    return _record(21, chance.randrange(2), chance.randrange(1 << 16), alert)


def _dtls_fragment(chance: Random) -> bytes:
    body = chance.randbytes(chance.randint(0, 300))
    total, offset = chance.randrange(1 << 24), chance.randrange(1 << 24)
    kind, number = chance.choice((1, 2, 11, 14, 16, 20)), chance.randrange(8)
    fragment = _handshake(kind, total, offset, body, number)
    return _record(22, chance.randrange(2), chance.randrange(1 << 16), fragment)


def _rtp(chance: Random) -> bytes:
    head = struct.pack(
        "!BBHII",
        0x80 | chance.randrange(64),
        chance.randrange(256),
        chance.randrange(1 << 16),
        chance.randrange(1 << 32),
        chance.randrange(1 << 32),
    )
    return head + chance.randbytes(chance.randint(0, 1200))


def _rtcp(chance: Random) -> bytes:
    packets = b""
    for _ in range(chance.randint(1, 3)):
        body = chance.randbytes(4 * chance.randint(1, 8))
        first = 0x80 | chance.randrange(32)
        length = chance.choice((len(body) // 4, chance.randrange(1 << 16)))
        packets += struct.pack("!BBH", first, chance.randint(192, 223), length) + body
    return packets


def _sctp_in_dtls(chance: Random) -> bytes:
    init = struct.pack("!BBHIIHHI", 1, 0, 20, 1, 131072, 65535, 65535, chance.randrange(1 << 32))
    common = struct.pack("!HHI", 5000, 5000, 0)
    packet = common + struct.pack("<I", zlib.crc32(common + init)) + init
    body = chance.choice((packet, mutated(packet, chance), chance.randbytes(60)))
    return _record(23, 1, chance.randrange(1 << 24), body)


def _channel_data(chance: Random) -> bytes:
    body = chance.randbytes(chance.randint(0, 200))
    length = chance.choice((len(body), 0, 65535))
    return struct.pack("!HH", chance.randint(0x4000, 0x4FFF), length) + body


Kind = Callable[[Random], bytes]

KINDS: Mapping[str, Kind] = {
    "empty": _empty,
    "random": _random,
    "huge": _huge,
    "stun-malformed": _stun_malformed,
    "stun-unauthenticated": _stun_unauthenticated,
    "stun-signed-wrong": _stun_signed_wrong,
    "stun-mutated": _stun_mutated,
    "dtls-hello": _dtls_hello,
    "dtls-alert": _dtls_alert,
    "dtls-fragment": _dtls_fragment,
    "rtp": _rtp,
    "rtcp": _rtcp,
    "sctp": _sctp_in_dtls,
    "channel-data": _channel_data,
}
"""What a neighbour may send, by name."""
