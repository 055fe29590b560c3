"""The header extensions that are offered, and how they are written (RFC 8285, section 4.2).

Those of libwebrtc are told in its docs/native-code/rtp-hdrext, the last one in
draft-holmer-rmcat-transport-wide-cc-extensions-01.
"""

MID = "urn:ietf:params:rtp-hdrext:sdes:mid"
"""The section that a packet belongs to (RFC 9143)."""

ABS_SEND_TIME = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"
"""When a packet left: 24 bits, in 2^-18 s."""

ABS_CAPTURE_TIME = "http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time"
"""When what a packet carries was captured: NTP, 64 bits."""

PLAYOUT_DELAY = "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay"
"""How long a receiver may hold a picture back: two numbers of 12 bits, in 10 ms."""

TRANSPORT_SEQUENCE_NUMBER = (
    "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
)
"""The number of a packet among all of the transport: 16 bits."""


def element(number: int, value: bytes) -> bytes:
    """Return an element with a header of one byte: `number` is 1 to 14, `value` has 1 to 16."""
    return bytes([number << 4 | len(value) - 1]) + value


def header_extension(elements: bytes) -> bytes:
    """Return a header extension of these elements, padded to a multiple of four bytes."""
    words = -(-len(elements) // 4)
    return b"\xbe\xde" + words.to_bytes(2, "big") + elements.ljust(4 * words, b"\0")
