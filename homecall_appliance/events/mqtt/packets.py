"""The packets of MQTT 3.1.1 that the appliance sends and understands. PURE.

All messages have quality of service 0: what a bell tells is stale before it could be sent again.
The sections are those of the OASIS standard, "MQTT Version 3.1.1".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

PINGREQ = b"\xc0\x00"
DISCONNECT = b"\xe0\x00"

LONGEST_LENGTH = 4
"""Bytes of a remaining length at most (section 2.2.3)."""

_CONNECT, _PUBLISH, _SUBSCRIBE = 1, 3, 8
_RETAIN, _QOS = 0x01, 0x06
_CLEAN_SESSION, _WILL, _WILL_RETAIN, _PASSWORD, _USERNAME = 0x02, 0x04, 0x20, 0x40, 0x80
_LEVEL = 4  # section 3.1.2.2
_REFUSED = 0x80  # section 3.9.3


class Malformed(Exception):
    """What a broker has sent is no packet that this client can have asked for."""


@dataclass(frozen=True)
class Message:
    """An application message."""

    topic: str
    payload: bytes
    retain: bool = False
    """Of one to be sent: the broker keeps it for who subscribes later. Of one that is received: it
    was kept, and is not of this moment."""


@dataclass(frozen=True)
class ConnAck:
    """The broker's answer to CONNECT."""

    code: int
    """0: accepted; others are reasons (section 3.2.2.3)."""


@dataclass(frozen=True)
class SubAck:
    """The broker's answer to SUBSCRIBE."""

    refused: bool
    """Whether one of the topics may not be read."""


@dataclass(frozen=True)
class PingResp:
    """The broker's answer to PINGREQ."""


Packet: TypeAlias = ConnAck | Message | SubAck | PingResp
"""What is understood of what a broker sends."""


def connect(client_id: str, keep_alive: int, username: str, password: str, will: Message) -> bytes:
    """Return a CONNECT (section 3.1). `keep_alive` is seconds; without a user name the password
    does not count; the broker publishes `will` when the connection is lost."""
    flags = _CLEAN_SESSION | _WILL | (_WILL_RETAIN if will.retain else 0)
    texts = [client_id.encode(), will.topic.encode(), will.payload]
    if username:
        flags |= _USERNAME
        texts.append(username.encode())
        if password:
            flags |= _PASSWORD
            texts.append(password.encode())
    header = _text(b"MQTT") + bytes([_LEVEL, flags]) + keep_alive.to_bytes(2, "big")
    return _packet(_CONNECT, 0, header + b"".join(map(_text, texts)))


def publish(message: Message) -> bytes:
    """Return a PUBLISH (section 3.3)."""
    body = _text(message.topic.encode()) + message.payload
    return _packet(_PUBLISH, _RETAIN if message.retain else 0, body)


def subscribe(topics: Sequence[str]) -> bytes:
    """Return a SUBSCRIBE (section 3.8), the only one of a connection."""
    filters = b"".join(_text(each.encode()) + b"\x00" for each in topics)
    return _packet(_SUBSCRIBE, 0x02, b"\x00\x01" + filters)


def remaining_length(length: bytes) -> int | None:
    """Read a remaining length (section 2.2.3) as far as it has come; None: it goes on.

    Raises Malformed.
    """
    if not length or length[-1] & 0x80:
        if len(length) == LONGEST_LENGTH:
            raise Malformed
        return None
    return sum((byte & 0x7F) << 7 * index for index, byte in enumerate(length))


def parse(first: int, body: bytes) -> Packet:
    """Read a packet by its first byte and what follows its length; raises Malformed."""
    match first >> 4, first & 0x0F, len(body):
        case 2, 0, 2:
            return ConnAck(body[1])
        case 3, flags, _ if not flags & _QOS:  # no more was asked for (section 3.8.4)
            return _message(body, retain=bool(flags & _RETAIN))
        case 9, 0, size if size > 2:
            return SubAck(_REFUSED in body[2:])
        case 13, 0, 0:
            return PingResp()
    raise Malformed


def _message(body: bytes, *, retain: bool) -> Message:
    end = 2 + int.from_bytes(body[:2], "big")
    if len(body) < end or end == 2:
        raise Malformed
    try:
        return Message(body[2:end].decode(), body[end:], retain)
    except UnicodeDecodeError:
        raise Malformed from None


def _text(data: bytes) -> bytes:
    """A string or data with its length before it (section 1.5.3)."""
    return len(data).to_bytes(2, "big") + data


def _packet(kind: int, flags: int, body: bytes) -> bytes:
    rest = len(body)
    length = bytearray()
    while rest > 0x7F:
        length.append(rest & 0x7F | 0x80)
        rest >>= 7
    length.append(rest)
    return bytes([kind << 4 | flags]) + bytes(length) + body
