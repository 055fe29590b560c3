"""What an encoder makes of a camera's frame."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from homecall_appliance.media.video.packetizer import (
    PAYLOAD_BYTES,
    h264_payloads,
    vp8_payloads,
)

CLOCK_RATE = 90_000
"""Ticks per second of a picture's timestamp."""

Codec = Literal["h264", "vp8"]
"""The two codecs that every browser has (RFC 7742, section 5)."""


@dataclass(frozen=True)
class Picture:
    """One encoded picture: an access unit of H.264 in Annex B, or a frame of VP8."""

    codec: Codec
    data: bytes

    timestamp: int
    """Ticks of the clock, of any origin, increasing (RFC 6184, section 5.1; RFC 7741,
    section 4.1)."""

    keyframe: bool
    """Whether it is decoded without those before it: an IDR picture, or a key frame of VP8."""

    @cached_property
    def payloads(self) -> list[bytes]:
        """What its RTP packets carry, cut once for all who get it."""
        return self.cut(PAYLOAD_BYTES)

    def cut(self, size: int) -> list[bytes]:
        """Return what its RTP packets carry where that is `size` bytes at most."""
        if self.codec == "h264":
            return h264_payloads(self.data, size)
        return vp8_payloads(self.data, size)
