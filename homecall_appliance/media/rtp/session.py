"""One RTP session with BUNDLE and rtcp-mux: all that goes to one receiver and comes from it.

Its parts are small and know nothing of each other: what a source of ours sends (`sender`) and sends
again (`retransmission`), what comes (`receiver`) and what is missing of it (`nack_generator`), what
is reported (`reporter`, of `reception` and `arrivals`), what became of packets (`sent_history`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from homecall_appliance.media.rtp.extensions import (
    ABS_SEND_TIME,
    MID,
    TRANSPORT_SEQUENCE_NUMBER,
    element,
    header_extension,
)
from homecall_appliance.media.rtp.outbound_packet import OutboundPacket
from homecall_appliance.media.rtp.packet import RtpPacket, read_rtp
from homecall_appliance.media.rtp.receiver import OnPacket, ReceiveParameters, RtpReceiver
from homecall_appliance.media.rtp.reporter import Reporter
from homecall_appliance.media.rtp.results import PacketResult
from homecall_appliance.media.rtp.rtcp import (
    KeyFrameRequest,
    Nack,
    ReceiverReport,
    Remb,
    ReportBlock,
    Rtcp,
    SenderReport,
    read_rtcp,
)
from homecall_appliance.media.rtp.sender import (
    Numbers,
    RtpSender,
    SenderListener,
    SendParameters,
)
from homecall_appliance.media.rtp.sent_history import SentHistory
from homecall_appliance.media.rtp.transport_feedback import TransportFeedback

ROUND_TRIP_WEIGHT = 0.25
"""Of the newest round trip in the smoothed one."""

_MID_32 = 0xFFFFFFFF
_HALF_32 = 0x80000000


class RandomSource(Protocol):
    """Numbers drawn at random, as `random.Random` has them."""

    def getrandbits(self, k: int, /) -> int:
        """Return a number of `k` bits."""
        ...

    def random(self) -> float:
        """Return a number in [0, 1)."""
        ...


class SessionListener(Protocol):
    """Who is told what is reported of the transport. Never blocks."""

    def transport_feedback(self, results: Sequence[PacketResult], now: float) -> None:
        """Learn what became of packets that were sent."""
        ...


@dataclass
class SessionStats:
    """What came and went, of RTP and RTCP in all (W3C webrtc-stats, RTCTransportStats)."""

    packets_received: int = 0
    bytes_received: int = 0
    packets_sent: int = 0
    bytes_sent: int = 0


class RtpSession:
    """See the module. For one thread; nothing that comes makes it raise but its listeners."""

    def __init__(
        self,
        extensions: Mapping[str, int],
        cname: str,
        listener: SessionListener,
        ntp: Callable[[float], int],
        rng: RandomSource,
        *,
        reduced_size: bool = False,
    ) -> None:
        """`extensions` are the numbers of the header extensions that were agreed, by URI; `cname`
        the same for all sources of ours (RFC 7022); `ntp` returns the NTP timestamp of a time of
        time.monotonic(). `reduced_size`: feedback need not have a report before it (RFC 5506).
        `rng` is what is drawn from."""
        self.stats = SessionStats()
        self.round_trip: float | None = None
        """Seconds to the other side and back, smoothed; None until it is known."""

        self._extensions = dict(extensions)
        self._listener = listener
        self._ntp = ntp
        self._rng = rng
        self._senders: list[RtpSender] = []
        self._by_ssrc: dict[int, RtpSender] = {}
        """Our sources, also by the SSRC of their retransmissions."""

        self._receivers: list[RtpReceiver] = []
        self._mid_number = self._extensions.get(MID)
        self._abs_send_time = self._extensions.get(ABS_SEND_TIME)
        self._transport_number = self._extensions.get(TRANSPORT_SEQUENCE_NUMBER)
        self._sent = SentHistory()
        self._reporter = Reporter(
            self._senders, self._receivers, cname, self._rng.random, reduced_size=reduced_size
        )

    def add_sender(self, parameters: SendParameters, listener: SenderListener) -> RtpSender:
        """Have a source of ours."""
        draw = self._rng.getrandbits
        numbers = Numbers(draw(15), draw(15), draw(32))
        sender = RtpSender(parameters, listener, numbers, self._extensions, self._ntp)
        self._senders.append(sender)
        self._by_ssrc[parameters.ssrc] = sender
        if parameters.rtx:
            self._by_ssrc[parameters.rtx.ssrc] = sender
        return sender

    def add_receiver(self, parameters: ReceiveParameters, on_packet: OnPacket) -> RtpReceiver:
        """Have a section that is received."""
        receiver = RtpReceiver(parameters, on_packet)
        self._receivers.append(receiver)
        return receiver

    def write(self, packet: OutboundPacket, now: float, probe: int | None = None) -> bytes:
        """Return a packet as it leaves now, and take note of it."""
        elements = packet.elements
        if self._abs_send_time:
            sent = self._ntp(now) >> 14 & 0xFFFFFF
            elements += element(self._abs_send_time, sent.to_bytes(3, "big"))
        if self._transport_number:
            number = self._sent.number() & 0xFFFF
            elements += element(self._transport_number, number.to_bytes(2, "big"))
        extension = header_extension(elements) if elements else b""
        data = b"".join(
            (
                bytes(
                    [
                        0x90 if extension else 0x80,
                        packet.marker << 7 | packet.payload_type,
                    ]
                ),
                packet.sequence_number.to_bytes(2, "big"),
                packet.timestamp.to_bytes(4, "big"),
                packet.ssrc.to_bytes(4, "big"),
                extension,
                packet.payload,
            )
        )
        if self._transport_number:
            self._sent.note(len(data), now, probe)
        self._by_ssrc[packet.ssrc].note(packet)
        self._count_sent(data)
        return data

    # What comes.

    def receive_rtp(self, data: bytes, arrived: float) -> None:
        """Take a packet of RTP that arrived at this time."""
        self._count_received(data)
        packet = read_rtp(data)
        if packet is None:
            return
        receiver = self._receiver_of(packet)
        if receiver is None:
            return
        number = packet.extensions.get(self._transport_number or 0)
        if number is not None and len(number) == 2:
            self._reporter.arrived(int.from_bytes(number, "big"), arrived)
        receiver.receive(packet, arrived)

    def receive_rtcp(self, data: bytes, arrived: float) -> None:
        """Take a compound of RTCP that arrived at this time."""
        self._count_received(data)
        for packet in read_rtcp(data):
            self._take(packet, arrived)

    def _receiver_of(self, packet: RtpPacket) -> RtpReceiver | None:
        """Return the section of a packet (RFC 8843, section 9.2): by its source, by the MID that it
        carries, or by a payload type that only one section has."""
        for receiver in self._receivers:
            if receiver.claims(packet.ssrc):
                return receiver
        mid = packet.extensions.get(self._mid_number or 0)
        fitting = [
            receiver
            for receiver in self._receivers
            if packet.payload_type in receiver.parameters.codecs
            and (mid is None or receiver.parameters.mid.encode() == mid)
        ]
        if len(fitting) != 1 or not fitting[0].claim(packet.ssrc):
            return None
        return fitting[0]

    def _take(self, packet: Rtcp, arrived: float) -> None:
        match packet:
            case SenderReport(blocks=blocks):
                for receiver in self._receivers:
                    receiver.sender_report(packet, arrived)
                self._reported(blocks, arrived)
            case ReceiverReport(blocks=blocks):
                self._reported(blocks, arrived)
            case Nack() | KeyFrameRequest() if packet.ssrc in self._by_ssrc:
                self._asked(self._by_ssrc[packet.ssrc], packet, arrived)
            case Remb(bits_per_second=estimate, ssrcs=ssrcs):
                for sender in self._senders:
                    if sender.parameters.ssrc in ssrcs:
                        sender.listener.bitrate_estimated(estimate)
            case TransportFeedback():
                if results := self._sent.results(packet):
                    self._listener.transport_feedback(results, arrived)
            case _:
                pass

    def _asked(self, sender: RtpSender, packet: Nack | KeyFrameRequest, now: float) -> None:
        match packet:
            case KeyFrameRequest(is_fir=is_fir):
                sender.stats.fir_count += is_fir
                sender.stats.pli_count += not is_fir
                sender.listener.keyframe_wanted()
            case Nack(missing=missing):
                self._nacked(sender, missing, now)

    def _nacked(self, sender: RtpSender, missing: Sequence[int], now: float) -> None:
        sender.stats.nack_count += 1
        if sender.retransmission is None:
            return
        packets, gives_up = sender.retransmission.packets(missing, now)
        if packets:
            sender.listener.retransmit(packets)
        if gives_up:
            sender.listener.keyframe_wanted()

    def _reported(self, blocks: Sequence[ReportBlock], arrived: float) -> None:
        for each in blocks:
            sender = self._by_ssrc.get(each.ssrc)
            if sender is None or sender.parameters.ssrc != each.ssrc:
                continue
            self._measure_round_trip(each, arrived)
            sender.listener.path_reported(
                each.fraction_lost / 256,
                self.round_trip,
                each.jitter / sender.parameters.clock_rate,
            )

    def _measure_round_trip(self, reported: ReportBlock, arrived: float) -> None:
        """By the middle 32 bits of NTP timestamps (RFC 3550, section 6.4.1)."""
        if not reported.last_sender_report:
            return
        now = self._ntp(arrived) >> 16 & _MID_32
        passed = now - reported.last_sender_report - reported.delay & _MID_32
        if passed >= _HALF_32:  # the other side's clock is faster by more than that took
            return
        seconds = passed / 0x10000
        if self.round_trip is None:
            self.round_trip = seconds
        self.round_trip += ROUND_TRIP_WEIGHT * (seconds - self.round_trip)

    # What is reported.

    def next_report(self, now: float) -> float:
        """Return when there is the next thing to report, `now` or later."""
        return self._reporter.next(now)

    def reports(self, now: float) -> list[bytes]:
        """Return what is to be reported now, each for a datagram of its own."""
        compounds = self._reporter.due(now, self.round_trip)
        for each in compounds:
            self._count_sent(each)
        return compounds

    def goodbye(self) -> bytes:
        """Return the end of our sources."""
        return self._reporter.goodbye()

    def _count_received(self, data: bytes) -> None:
        self.stats.packets_received += 1
        self.stats.bytes_received += len(data)

    def _count_sent(self, data: bytes) -> None:
        self.stats.packets_sent += 1
        self.stats.bytes_sent += len(data)
