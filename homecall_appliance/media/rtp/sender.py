"""What is sent of one source: frames made into packets, and counted."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from homecall_appliance.media.rtp.extensions import (
    ABS_CAPTURE_TIME,
    MID,
    PLAYOUT_DELAY,
    element,
)
from homecall_appliance.media.rtp.outbound_packet import OutboundPacket
from homecall_appliance.media.rtp.retransmission import Retransmission, Rtx
from homecall_appliance.media.rtp.rtcp import ReportBlock, SenderReport

Kind = Literal["audio", "video"]

CAPTURE_TIME_INTERVAL = 1.0
"""Seconds between two frames that tell when they were captured: in between, the receiver reckons by
their timestamps (abs-capture-time, section "Interpolation")."""


class SenderListener(Protocol):
    """Who is told what the receiver reports of one source. Never blocks."""

    def keyframe_wanted(self) -> None:
        """The receiver cannot go on without a key frame."""
        ...

    def bitrate_estimated(self, bits_per_second: int) -> None:
        """The receiver can get so much at most (REMB)."""
        ...

    def path_reported(self, fraction: float, round_trip: float | None, jitter: float) -> None:
        """Of the packets since the last report, `fraction` was lost, in [0, 1); `round_trip` is in
        seconds, None until it is known; `jitter` is the interarrival jitter in seconds (RFC 3550,
        section 6.4.1)."""
        ...

    def retransmit(self, packets: Sequence[OutboundPacket]) -> None:
        """Send packets that the receiver lacks, in their turn."""
        ...


@dataclass(frozen=True)
class SendParameters:
    """What was agreed for a source of ours."""

    kind: Kind
    mid: str
    ssrc: int
    payload_type: int
    clock_rate: int
    """Ticks of its timestamps in a second."""

    rtx: Rtx | None = None
    """The stream in which packets are sent again (RFC 4588); None: in the same one."""

    nack: bool = False
    """Whether the receiver asks for packets again."""


@dataclass
class SentStats:
    """What was sent, by the names of W3C webrtc-stats (RTCOutboundRtpStreamStats)."""

    packets_sent: int = 0
    """With those that were sent again."""

    bytes_sent: int = 0
    """Of payloads, without headers and padding."""

    retransmitted_packets_sent: int = 0
    nack_count: int = 0
    pli_count: int = 0
    fir_count: int = 0


class RtpSender:
    """One source of ours. For one thread."""

    def __init__(
        self,
        parameters: SendParameters,
        listener: SenderListener,
        numbers: "Numbers",
        extensions: dict[str, int],
        ntp: Callable[[float], int],
    ) -> None:
        """`extensions` are the numbers of those that were agreed, by URI; `ntp` returns the NTP
        timestamp of a time."""
        self.parameters = parameters
        self.stats = SentStats()
        self.listener = listener
        self._numbers = numbers
        self._ntp = ntp
        self._mid = element(extensions[MID], parameters.mid.encode()) if MID in extensions else b""
        self._capture_time = extensions.get(ABS_CAPTURE_TIME)
        self._playout_delay = extensions.get(PLAYOUT_DELAY)
        self._sequence_number = numbers.sequence_number
        self._packets = self._octets = 0
        """What has left under the source's own SSRC, for its reports (RFC 3550, section 6.4.1)."""

        self._told_capture = float("-inf")
        self._last: tuple[float, int] | None = None
        """When the last frame was captured, and its timestamp."""

        self.retransmission = (
            Retransmission(parameters.rtx, numbers.rtx_sequence_number) if parameters.nack else None
        )

    def packetize(
        self,
        payloads: Sequence[bytes],
        timestamp: int,
        captured: float,
        *,
        begins_talkspurt: bool = False,
        playout_delay: bytes | None = None,
    ) -> list[OutboundPacket]:
        """Return the packets of a frame with these payloads, each of one packet.

        `timestamp` is in ticks of any origin, `captured` when it was captured, in seconds of
        time.monotonic(). The marker is on the last packet of a picture (RFC 6184, section 5.1), and
        on the first packet of sound after a silence (RFC 3551, section 4.1). `playout_delay` is the
        value of that extension.
        """
        parameters = self.parameters
        timestamp = self._numbers.timestamp + timestamp & 0xFFFFFFFF
        elements = self._mid
        if self._playout_delay and playout_delay:
            elements += element(self._playout_delay, playout_delay)
        first = elements + self._captured(captured)
        self._last = captured, timestamp
        packets = []
        for place, payload in enumerate(payloads, 1):
            ends = place == len(payloads)
            packets.append(
                OutboundPacket(
                    parameters.payload_type,
                    ends if parameters.kind == "video" else begins_talkspurt,
                    self._sequence_number,
                    timestamp,
                    parameters.ssrc,
                    elements if place > 1 else first,
                    payload,
                )
            )
            self._sequence_number = self._sequence_number + 1 & 0xFFFF
        return packets

    def note(self, packet: OutboundPacket) -> None:
        """Take note that a packet leaves, of the source or of its retransmissions."""
        octets = len(packet.payload)
        self.stats.packets_sent += 1
        self.stats.bytes_sent += octets
        if packet.ssrc == self.parameters.ssrc:
            self._packets += 1
            self._octets += octets
        if packet.retransmits:
            self.stats.retransmitted_packets_sent += 1
        elif self.retransmission:
            self.retransmission.note(packet)

    def report(self, now: float, blocks: Sequence[ReportBlock]) -> SenderReport | None:
        """Return the sender report of this moment, None before anything was sent.

        Its two timestamps are of the same moment, by the last frame's capture (RFC 3550, section
        6.4.1).
        """
        if self._last is None:
            return None
        captured, timestamp = self._last
        ahead = round((now - captured) * self.parameters.clock_rate)
        return SenderReport(
            self.parameters.ssrc,
            self._ntp(now),
            timestamp + ahead & 0xFFFFFFFF,
            self._packets,
            self._octets,
            blocks,
        )

    def _captured(self, captured: float) -> bytes:
        if not self._capture_time or captured - self._told_capture < CAPTURE_TIME_INTERVAL:
            return b""
        self._told_capture = captured
        return element(self._capture_time, self._ntp(captured).to_bytes(8, "big"))


@dataclass(frozen=True)
class Numbers:
    """Where the numbers of a source begin: at random (RFC 3550, section 5.1)."""

    sequence_number: int
    """Below 2^15, far from a wrap (RFC 3711, section 3.3.1)."""

    rtx_sequence_number: int
    timestamp: int
