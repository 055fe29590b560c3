"""Packets that are sent again because a receiver lacks them (RFC 4585, section 6.2.1; RFC 4588)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from homecall_appliance.media.rtp.outbound_packet import OutboundPacket

HISTORY = 512
"""Packets that can be sent again: two seconds of the usual picture."""

SHARE = 4
"""Packets that are sent for one that may be sent again.

Chromium asks again while anything is missing: behind a sudden bottleneck of 0.6 Mbit/s all that was
asked for came to 14 Mbit/s, and for seven seconds hardly anything else got through."""

BURST = 40
"""Packets that may be sent again at once."""

AGAIN = 0.010
"""Seconds within which a packet is not sent twice: two requests that have crossed ask for one."""


@dataclass(frozen=True)
class Rtx:
    """The stream of retransmissions (RFC 4588)."""

    payload_type: int
    ssrc: int


class Retransmission:
    """The last packets of one source."""

    def __init__(self, rtx: Rtx | None, sequence_number: int) -> None:
        """`sequence_number` is the first one of the stream of retransmissions."""
        self._rtx = rtx
        self._number = sequence_number
        self._packets: dict[int, OutboundPacket] = {}
        """By the sequence number modulo HISTORY."""

        self._sent_again: dict[int, float] = {}
        """When a packet was last sent again, by the same."""

        self._newest = 0
        self._left = float(BURST)

    def note(self, packet: OutboundPacket) -> None:
        """Keep a packet that leaves for the first time."""
        self._newest = packet.sequence_number
        self._packets[packet.sequence_number % HISTORY] = packet
        self._sent_again.pop(packet.sequence_number % HISTORY, None)
        self._left = min(self._left + 1 / SHARE, BURST)

    def packets(self, missing: Sequence[int], now: float) -> tuple[list[OutboundPacket], bool]:
        """Return the packets that are to be sent again of those that are missing, and whether one
        is left out that is still there: nothing but a key frame helps then."""
        found: list[OutboundPacket] = []
        for number in missing:
            place = number % HISTORY
            packet = self._packets.get(place)
            if packet is None or packet.sequence_number != number:
                continue
            if now - self._sent_again.get(place, float("-inf")) < AGAIN:
                continue
            if self._left < 1:
                return found, True
            self._left -= 1
            self._sent_again[place] = now
            found.append(self._again(packet))
        return found, False

    @property
    def has_padding(self) -> bool:
        """Whether there is anything for `padding` to return."""
        return self._rtx is not None and bool(self._packets)

    def padding(self, octets: int, count: int) -> list[OutboundPacket]:
        """Return `count` packets of the last ones or more, that come to so many bytes, for a probe;
        none where no stream of retransmissions was agreed."""
        packets: list[OutboundPacket] = []
        for back in range(len(self._packets) if self._rtx else 0):
            packet = self._packets.get((self._newest - back) % HISTORY)
            if packet is None or (octets <= 0 and len(packets) >= count):
                break
            packets.append(self._again(packet))
            octets -= len(packet.payload)
        return packets

    def _again(self, packet: OutboundPacket) -> OutboundPacket:
        if self._rtx is None:
            return replace(packet, retransmits=True)
        number, self._number = self._number, self._number + 1 & 0xFFFF
        return replace(
            packet,
            payload_type=self._rtx.payload_type,
            ssrc=self._rtx.ssrc,
            sequence_number=number,
            payload=packet.sequence_number.to_bytes(2, "big") + packet.payload,
            retransmits=True,
        )
