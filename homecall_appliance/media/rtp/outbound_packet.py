"""A packet between its frame and the network."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OutboundPacket:
    """An RTP packet that has everything but what depends on when it leaves."""

    payload_type: int
    marker: bool
    sequence_number: int
    timestamp: int
    ssrc: int
    elements: bytes
    """Those of its header extension that are known, see `extensions.element`."""

    payload: bytes

    retransmits: bool = False
    """Whether it was sent before."""
