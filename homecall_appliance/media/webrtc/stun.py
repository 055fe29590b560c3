"""STUN messages as they come from the network: read within bounds, and authenticated. PURE.

aioice's parser raises `struct.error` at a malformed attribute. What `read` can read, it can read.
"""

import hmac
import struct
import zlib
from collections.abc import Mapping
from enum import IntEnum
from typing import NamedTuple

HEADER_SIZE = 20
"""Bytes of a header (RFC 8489, section 5)."""

MAX_ATTRIBUTES = 32
"""Attributes of a message that are read; a browser's check has eight or nine. A message with more
counts as malformed."""

BINDING, DATA = 0x001, 0x007
"""Methods (RFC 8489, section 18.2; RFC 8656, section 17)."""

PRIORITY = 0x0024
"""An attribute that every check has (RFC 8445, section 7.1.1); aioice raises KeyError without."""

_COOKIE = 0x2112A442
_HEADER = struct.Struct("!HHL12s")
_ATTRIBUTE = struct.Struct("!HH")
_METHOD, _CLASS = 0x3EEF, 0x0110

_USERNAME, _MESSAGE_INTEGRITY, _ERROR_CODE = 0x0006, 0x0008, 0x0009
_MESSAGE_INTEGRITY_SHA256, _FINGERPRINT = 0x001C, 0x8028
_INTEGRITY_SIZE = 4 + 20
_FINGERPRINT_XOR = 0x5354554E

_SIZES = {
    0x0003: 4,  # CHANGE-REQUEST
    _MESSAGE_INTEGRITY: 20,
    0x000C: 4,  # CHANNEL-NUMBER
    0x000D: 4,  # LIFETIME
    0x0019: 4,  # REQUESTED-TRANSPORT
    PRIORITY: 4,
    0x0025: 0,  # USE-CANDIDATE
    _FINGERPRINT: 4,
    0x8029: 8,  # ICE-CONTROLLED
    0x802A: 8,  # ICE-CONTROLLING
}
_ADDRESSES = frozenset({0x0001, 0x0004, 0x0005, 0x0012, 0x0016, 0x0020, 0x802B, 0x802C})
_ADDRESS_SIZES = {1: 8, 2: 20}  # by family
_TEXTS = frozenset({_USERNAME, 0x0014, 0x8022})  # the others: REALM, SOFTWARE


class Class(IntEnum):
    """What a message is (RFC 8489, section 5), as the bits of its type."""

    REQUEST = 0x000
    INDICATION = 0x010
    RESPONSE = 0x100
    ERROR = 0x110


class Header(NamedTuple):
    """The first 20 bytes of a message."""

    method: int
    kind: Class
    transaction_id: bytes


class Message(NamedTuple):
    """What follows the header."""

    attributes: Mapping[int, bytes]
    """The first of each type."""

    signed: int | None
    """Where its MESSAGE-INTEGRITY begins, in bytes from the message's start; None: it has none."""

    @property
    def username(self) -> bytes:
        """Its USERNAME; empty where it has none."""
        return self.attributes.get(_USERNAME, b"")

    @property
    def error_code(self) -> int | None:
        """Its ERROR-CODE (RFC 8489, section 14.8); None where it has none."""
        value = self.attributes.get(_ERROR_CODE)
        return None if value is None else (value[2] & 7) * 100 + value[3]


def read_header(data: bytes) -> Header | None:
    """Return the header of a message, None unless it is one and its length is the datagram's."""
    if len(data) < HEADER_SIZE or len(data) % 4:
        return None
    kind, length, cookie, transaction_id = _HEADER.unpack_from(data)
    if kind > _METHOD | _CLASS or cookie != _COOKIE or length != len(data) - HEADER_SIZE:
        return None
    return Header(kind & _METHOD, Class(kind & _CLASS), transaction_id)


def read(data: bytes) -> Message | None:
    """Return what follows the header that `read_header` returned; None where it is malformed.

    Nothing but MESSAGE-INTEGRITY-SHA256 and FINGERPRINT may follow a MESSAGE-INTEGRITY: the rest
    would not be authenticated (RFC 8489, section 14.5), and aioice 0.10 looks at it all the same. A
    FINGERPRINT is the last attribute and right (section 14.7).
    """
    attributes: dict[int, bytes] = {}
    signed = None
    start = HEADER_SIZE
    for _ in range(MAX_ATTRIBUTES):
        if start == len(data):
            return Message(attributes, signed)
        kind, length = _ATTRIBUTE.unpack_from(data, start)
        end = start + 4 + length
        if end > len(data) or not _well_formed(kind, value := data[start + 4 : end]):
            return None
        if kind == _FINGERPRINT:
            right = int.from_bytes(value) == zlib.crc32(data[:start]) ^ _FINGERPRINT_XOR
            return Message(attributes, signed) if right and end == len(data) else None
        if signed is not None and kind != _MESSAGE_INTEGRITY_SHA256:
            return None
        if kind == _MESSAGE_INTEGRITY:
            signed = start
        attributes.setdefault(kind, value)
        start = end + -length % 4
    return None


def authentic(data: bytes, message: Message, key: bytes) -> bool:
    """Whether it has a MESSAGE-INTEGRITY, made with this key (RFC 8489, section 14.5)."""
    if message.signed is None:
        return False
    covered = message.signed - HEADER_SIZE + _INTEGRITY_SIZE
    text = data[:2] + covered.to_bytes(2) + data[4 : message.signed]
    right = hmac.digest(key, text, "sha1")
    return hmac.compare_digest(right, message.attributes[_MESSAGE_INTEGRITY])


def _well_formed(kind: int, value: bytes) -> bool:
    """Whether a value is of its attribute's form; of those that aioice does not know, any is."""
    if kind in _ADDRESSES:
        return len(value) > 1 and len(value) == _ADDRESS_SIZES.get(value[1])
    if kind == _ERROR_CODE:
        return len(value) >= 4 and _is_text(value[4:])
    if kind in _TEXTS:
        return _is_text(value)
    return len(value) == _SIZES.get(kind, len(value))


def _is_text(value: bytes) -> bool:
    try:
        value.decode()
    except UnicodeDecodeError:
        return False
    return True
