"""What a disk does to certificates and keys in PEM files: it flips bits."""

import random
import re
from base64 import b64decode
from collections.abc import Iterator
from ssl import DER_cert_to_PEM_cert

_BLOCK = re.compile(rb"-----BEGIN ([A-Z ]+)-----\n([^-]*)-----END [A-Z ]+-----\n")

FLIPS = {
    "no such version": (b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x0a"),
    "no such kind of key": (b"\x2a\x86\x48\xce\x3d\x02\x01", b"\x1a\x86\x48\xce\x3d\x02\x01"),
    "an extension twice": (b"\x06\x03\x55\x1d\x0e", b"\x06\x03\x55\x1d\x0f"),
    "no extended key usage": (b"\x06\x03\x55\x1d\x25", b"\x06\x03\x55\x1d\x65"),
    "no alternative names": (b"\x06\x03\x55\x1d\x11", b"\x06\x03\x55\x1d\x51"),
    "no such time": (b"\x17\x0d", b"\x17\x0c"),
    "another name": (b"HomeCall", b"JomeCall"),
    "a common name that is none": (b"\x06\x03\x55\x04\x03", b"\x06\x03\x55\x04\x43"),
}
"""What is in a certificate's DER, and what one or two flipped bits make of it: the parser raises a
different error for each, or none."""


def each_flipped(pem: bytes, before: bytes, after: bytes) -> Iterator[bytes]:
    """The file with a flip in one of its blocks, for each place where it can be."""
    for block in _BLOCK.finditer(pem):
        der = b64decode(block[2])
        for place in re.finditer(re.escape(before), der):
            flipped = der[: place.start()] + after + der[place.end() :]
            text = DER_cert_to_PEM_cert(flipped).encode().replace(b"CERTIFICATE", block[1])
            yield pem[: block.start()] + text + pem[block.end() :]


def some_flipped(pem: bytes, count: int, seed: int = 7) -> Iterator[bytes]:
    """The file with one bit flipped, of those below the eighth, at so many places by chance."""
    chance = random.Random(seed)
    for _ in range(count):
        damaged = bytearray(pem)
        damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(7)
        yield bytes(damaged)
