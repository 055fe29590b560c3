"""The packets of a phone's picture put together, in their order. PURE."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from homecall_appliance.media.video.annexb import ACCESS_UNIT_DELIMITER, SPS, nal_units
from homecall_appliance.media.video.picture import Codec, Picture

PATIENCE = 0.3
"""Seconds that each lost packet is waited for, from the first packet that came in its place: the
phone sends it again (RFC 4585, section 6.2.1)."""

ASK_AGAIN = 0.5
"""Seconds until a key frame that has not come is asked for again."""

CAPACITY = 512
"""Packets that a picture may have, or that may wait for a lost one."""

_HEAD = 64
"""Bytes in which a key frame shows that it is one."""

_VP8_START = b"\x9d\x01\x2a"  # RFC 6386, section 9.1


@dataclass(frozen=True)
class Part:
    """What one packet carries of a picture."""

    sequence_number: int
    """16 bits, of the sender's (RFC 3550, section 5.1)."""

    timestamp: int

    last: bool
    """Whether it has the marker, which ends a picture (RFC 6184, section 5.1; RFC 7741,
    section 4.1)."""

    codec: Codec

    data: bytes
    """As a decoder takes it; empty, if it is nothing but padding."""


class Assembly:
    """Pictures in their order, from a key frame on; after a loss it goes on with the next one.

    A picture is whole with its last packet. aiortc waits for the first packet of the next picture:
    a thirtieth of a second.
    """

    def __init__(self) -> None:
        self._next = 0
        self._ahead: dict[int, tuple[Part, float]] = {}
        """What came before its turn, by sequence number, with the time at which it came; in the
        order in which it came."""
        self._parts: list[Part] = []
        self._broken = True
        self._asked: float | None = None

    def add(self, part: Part, now: float) -> list[Picture]:
        """Take a packet, `now` in seconds; return what can be decoded by it."""
        if self._asked is None:
            self._asked = now  # a picture begins with a key frame unasked
            self._next = part.sequence_number
        ahead = _difference(part.sequence_number, self._next)
        if -CAPACITY <= ahead < 0:
            return []
        waits_in_vain = ahead > 0 and now - self._missed_since > PATIENCE
        if waits_in_vain or abs(ahead) >= CAPACITY or len(self._parts) >= CAPACITY:
            self._go_on_from(part)
        self._ahead.setdefault(part.sequence_number, (part, now))
        return [*self._whole()]

    def lose(self) -> None:
        """Take that a picture was not decoded: those that follow it cannot be."""
        self._broken = True

    def asks_for_keyframe(self, now: float) -> bool:
        """Return whether to ask the phone for a key frame (RFC 4585, section 6.3.1) at this time;
        then it has been."""
        asks = self._broken and self._asked is not None and now - self._asked > ASK_AGAIN
        if asks:
            self._asked = now
        return asks

    @property
    def _missed_since(self) -> float:
        """When the first packet came that follows the one that is missed now; all that wait do."""
        return next((came for _, came in self._ahead.values()), math.inf)

    def _go_on_from(self, part: Part) -> None:
        self._next = part.sequence_number
        self._ahead.clear()
        self._parts.clear()
        self.lose()

    def _whole(self) -> Iterator[Picture]:
        while waiting := self._ahead.pop(self._next, None):
            part, _ = waiting
            self._next = (self._next + 1) & 0xFFFF
            if self._parts and part.timestamp != self._parts[0].timestamp:
                yield from self._picture()
            if part.data:
                self._parts.append(part)
            if part.last:
                yield from self._picture()

    def _picture(self) -> Iterator[Picture]:
        parts, self._parts = self._parts, []
        if not parts:
            return
        data = b"".join(part.data for part in parts)
        keyframe = _is_keyframe(parts[0].codec, data[:_HEAD])
        self._broken = self._broken and not keyframe
        if not self._broken:
            yield Picture(parts[0].codec, data, parts[0].timestamp, keyframe)


def _difference(one: int, other: int) -> int:
    """How much later, by 16-bit numbers that begin anew."""
    return (one - other + 0x8000 & 0xFFFF) - 0x8000


def _is_keyframe(codec: Codec, head: bytes) -> bool:
    """Whether a picture begins like a key frame; one whose beginning is lost does not."""
    if codec == "vp8":
        return head[3:6] == _VP8_START and not head[0] & 1
    types = (unit[0] & 0x1F for unit in nal_units(head))
    return next((kind for kind in types if kind != ACCESS_UNIT_DELIMITER), None) == SPS
