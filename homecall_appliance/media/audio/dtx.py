"""Discontinuous transmission of Opus: of a silence hardly anything is sent (RFC 7587, section
3.1.3). PURE.

In a silence the encoder makes packets without a frame, and about every 400 ms one with a frame, by
which the decoder knows what the room sounds like. Of the packets without a frame the first one is
sent: by it a receiver knows at once that what is missing then is not lost (libwebrtc's does not
know it by anything else). The others are left out: the timestamp goes on, the sequence number
does not.
"""

from typing import NamedTuple

FRAMELESS_BYTES = 2
"""Size of a packet of Opus up to which it has no frame, and need not be sent (opus.h,
`opus_encode`)."""


class Transmission(NamedTuple):
    """What is to be done with a packet."""

    is_sent: bool

    begins_talkspurt: bool
    """Whether it is sent, and the one before it was not: it has the marker bit (RFC 3551, section
    4.1)."""


def is_frameless(packet: bytes) -> bool:
    """Whether a packet of Opus has no frame: its sender is silent, and goes on to be."""
    return len(packet) <= FRAMELESS_BYTES


class SilenceSuppression:
    """Decides which packets of one encoder are sent; is asked about each, in their order."""

    def __init__(self) -> None:
        self._was_frameless = False
        self._was_sent = False

    def take(self, packet: bytes) -> Transmission:
        """Return what is to be done with the next packet."""
        frameless = is_frameless(packet)
        is_sent = not (frameless and self._was_frameless)
        transmission = Transmission(is_sent, is_sent and not self._was_sent)
        self._was_frameless, self._was_sent = frameless, is_sent
        return transmission
