"""What comes of one section: its packets told apart by source, and those sent again put back."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from homecall_appliance.media.rtp.nack_generator import NackGenerator
from homecall_appliance.media.rtp.packet import RtpPacket
from homecall_appliance.media.rtp.reception import Reception
from homecall_appliance.media.rtp.rtcp import ReportBlock, SenderReport
from homecall_appliance.media.rtp.sender import Kind

MAX_SOURCES = 8
"""Sources of one section, of media and of retransmissions, in all its time. A phone has one of
each; whoever sends under ever new ones would fill the memory."""

KEYFRAME_INTERVAL = 0.5
"""Seconds between two requests for a key frame."""

OnPacket = Callable[[RtpPacket, float], None]
"""Is given a packet of media and when it arrived, in seconds of time.monotonic()."""


@dataclass(frozen=True)
class ReceivedCodec:
    """A payload type that the other side may send."""

    clock_rate: int
    rtx_of: int | None = None
    """The payload type whose packets it sends again (RFC 4588)."""


@dataclass(frozen=True)
class ReceiveParameters:
    """What was agreed for a section that is received."""

    kind: Kind
    mid: str
    codecs: Mapping[int, ReceivedCodec]
    """By payload type."""

    ssrcs: Sequence[int] = ()
    """Those that the other side has named."""

    nack: bool = False
    """Whether lost packets may be asked for."""

    pli: bool = False
    """Whether a key frame may be asked for."""


@dataclass
class ReceivedStats:
    """What came, by the names of W3C webrtc-stats (RTCInboundRtpStreamStats)."""

    packets_received: int = 0
    bytes_received: int = 0
    """Of payloads, without headers and padding."""

    retransmitted_packets_received: int = 0
    nack_count: int = 0
    pli_count: int = 0


class RtpReceiver:
    """One section that is received. For one thread."""

    def __init__(self, parameters: ReceiveParameters, on_packet: OnPacket) -> None:
        self.parameters = parameters
        self.stats = ReceivedStats()
        self.sources: dict[int, Reception] = {}
        """Those that media came from, by SSRC."""

        self.missing = NackGenerator() if parameters.nack else None
        self.media_ssrc: int | None = None
        """The source that sends now."""

        self._on_packet = on_packet
        self._known: set[int] = {*parameters.ssrcs[:MAX_SOURCES]}
        self._keyframe_asked = float("-inf")
        self._keyframe_wanted = False

    def claims(self, ssrc: int) -> bool:
        """Whether a source is one of this section's."""
        return ssrc in self._known

    def claim(self, ssrc: int) -> bool:
        """Take another source for one of this section's; False where there are too many."""
        if len(self._known) >= MAX_SOURCES + len(self.parameters.ssrcs[:MAX_SOURCES]):
            return False
        self._known.add(ssrc)
        return True

    def receive(self, packet: RtpPacket, arrived: float) -> None:
        """Take a packet of one of its sources."""
        codec = self.parameters.codecs.get(packet.payload_type)
        if codec is None:
            return
        if codec.rtx_of is not None:
            if (original := self._original(packet, codec.rtx_of)) is None:
                return
            packet = original
            self.stats.retransmitted_packets_received += 1
        else:
            self._count(packet, codec, arrived)
        self.stats.packets_received += 1
        self.stats.bytes_received += len(packet.payload)
        if self.missing:
            self.missing.received(packet.sequence_number, arrived)
        self._on_packet(packet, arrived)

    def sender_report(self, report: SenderReport, arrived: float) -> None:
        """Take note of a report of a source."""
        if source := self.sources.get(report.ssrc):
            source.sender_report(report, arrived)

    def request_keyframe(self) -> None:
        """Have a key frame asked for, at once or as soon as that is allowed again."""
        self._keyframe_wanted = self.parameters.pli

    def is_keyframe_due(self, now: float) -> bool:
        """Whether to ask for a key frame now; then it has been."""
        if not self._keyframe_wanted or self.media_ssrc is None:
            return False
        if now - self._keyframe_asked < KEYFRAME_INTERVAL:
            return False
        self._keyframe_wanted, self._keyframe_asked = False, now
        self.stats.pli_count += 1
        return True

    def blocks(self, now: float) -> list[ReportBlock]:
        """Return what is reported of its sources."""
        return [each.block(now) for each in self.sources.values()]

    def _count(self, packet: RtpPacket, codec: ReceivedCodec, arrived: float) -> None:
        source = self.sources.get(packet.ssrc)
        if source is None:
            source = Reception(packet.ssrc, codec.clock_rate, packet.sequence_number)
            self.sources[packet.ssrc] = source
        if self.media_ssrc != packet.ssrc:
            self.media_ssrc = packet.ssrc
            self.missing = NackGenerator() if self.missing else None
        source.received(packet.sequence_number, packet.timestamp, arrived)

    def _original(self, packet: RtpPacket, payload_type: int) -> RtpPacket | None:
        """Return the packet that one of the retransmissions has in it (RFC 4588, section 4); None
        for one of padding alone, with which libwebrtc probes."""
        if len(packet.payload) < 2 or self.media_ssrc is None:
            return None
        return replace(
            packet,
            payload_type=payload_type,
            sequence_number=int.from_bytes(packet.payload[:2], "big"),
            ssrc=self.media_ssrc,
            payload=packet.payload[2:],
        )
