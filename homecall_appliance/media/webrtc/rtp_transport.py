"""Carries the RTP session of one phone between its media and its sockets.

Sound leaves at once. Pictures and what is sent again leave by a pacer, at the rate that congestion
control gives. What comes in goes from the socket's callback to the session, with no task between.
"""

import asyncio
import random
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from homecall_appliance.faults.containment import OnFailure, contained, guarded
from homecall_appliance.media.rtp.congestion.controller import CongestionController
from homecall_appliance.media.rtp.congestion.pacer import Pacer, Priority
from homecall_appliance.media.rtp.congestion.probing import LEAST_PACKETS
from homecall_appliance.media.rtp.extensions import TRANSPORT_SEQUENCE_NUMBER
from homecall_appliance.media.rtp.outbound_packet import OutboundPacket
from homecall_appliance.media.rtp.packet import is_rtcp
from homecall_appliance.media.rtp.results import PacketResult
from homecall_appliance.media.rtp.sender import RtpSender
from homecall_appliance.media.rtp.session import RtpSession
from homecall_appliance.media.webrtc.ice_connection import IceConnection
from homecall_appliance.media.webrtc.srtp_transport import SrtpTransport

TICK = 0.1
"""Seconds between two looks at what congestion control wants to be probed."""

OVERHEAD = 12 + 20
"""Bytes that a packet has beside its payload, about: a header and its extensions."""

PROBE_PACE = 0.002
"""Seconds between the packets of a probe."""

_NTP_EPOCH = 2_208_988_800
"""Seconds from 1900 to 1970 (RFC 5905, section 6)."""


class RtpTransport:
    """One RTP session by one ICE agent, from when there are keys until it is closed."""

    def __init__(
        self,
        ice: IceConnection,
        srtp: SrtpTransport,
        extensions: Mapping[str, int],
        *,
        reduced_size: bool,
        cname: str,
        congestion: CongestionController,
        on_target: Callable[[int], None],
        on_failure: OnFailure,
    ) -> None:
        """`extensions`, `reduced_size` and `cname` are those of RtpSession. `on_target` is told the
        bitrate that congestion control gives, some ten times a second; `on_failure` what the
        session's listeners raise."""
        offset = time.time() - time.monotonic() + _NTP_EPOCH
        self.session = RtpSession(
            extensions,
            cname,
            self,
            lambda now: round((now + offset) * (1 << 32)) & 0xFFFFFFFFFFFFFFFF,
            random.SystemRandom(),
            reduced_size=reduced_size,
        )
        self.video: RtpSender | None = None
        """The source whose packets a probe may be filled with."""

        self._has_feedback = TRANSPORT_SEQUENCE_NUMBER in extensions
        self._ice = ice
        self._srtp = srtp
        self._congestion = congestion
        self._on_target = on_target
        self._on_failure = on_failure
        self._pacer: Pacer[OutboundPacket] = Pacer()
        self._loop = asyncio.get_running_loop()
        self._pacing: asyncio.TimerHandle | None = None
        self._reporting: asyncio.TimerHandle | None = None
        self._report_at = float("inf")
        self._ticking: asyncio.TimerHandle | None = None
        self._target = congestion.target_bitrate
        self._cluster: int | None = None
        """The probe cluster that what leaves now is part of: also media, which have their share."""

        self._open = False

    def open(self) -> None:
        """Begin: there are keys."""
        self._open = True
        self._ice.on_packet = self._receive
        self._tick()
        self._report()

    def close(self) -> None:
        """Send and take nothing any more, and tell the phone so where it can be told."""
        if self._open and (protected := self._srtp.protect_rtcp(self.session.goodbye())):
            self._ice.send_packets([protected])
        self._open = False
        self._ice.on_packet = None
        for timer in (self._pacing, self._reporting, self._ticking):
            if timer:
                timer.cancel()

    # What leaves.

    def send_now(self, packets: Sequence[OutboundPacket]) -> bool:
        """Send packets at once; returns whether the system had room for them."""
        return self._write(packets, time.monotonic())

    def send_paced(self, packets: Sequence[OutboundPacket]) -> bool:
        """Send the packets of a picture, as congestion control allows; False: too much waits."""
        return self._put(packets, Priority.PICTURE)

    def send_again(self, packets: Sequence[OutboundPacket]) -> None:
        """Send packets that the phone lacks, before those that wait."""
        self._put(packets, Priority.RETRANSMISSION)

    def _put(self, packets: Sequence[OutboundPacket], priority: Priority) -> bool:
        if not self._open:
            return True
        sizes = [len(each.payload) + OVERHEAD for each in packets]
        if not self._pacer.put([*packets], sizes, priority):
            return False
        if self._pacing is None:
            self._pump()
        return True

    def _pump(self) -> None:
        """Let leave what may, and come back for the rest."""
        self._pacing = None
        now = time.monotonic()
        self._pacer.rate = self._congestion.pacing_rate
        if packets := self._pacer.due(now):
            self._write(packets, now)
        if (at := self._pacer.next()) is not None:
            self._pacing = self._later(at - now, self._pump)

    def _write(self, packets: Sequence[OutboundPacket], now: float) -> bool:
        if not self._open:
            return True
        written = [self.session.write(each, now, self._cluster) for each in packets]
        self._congestion.packet_sent(now)
        return self._ice.send_packets(self._srtp.protect(written))

    # Probes.

    def _tick(self) -> None:
        now = time.monotonic()
        self._ticking = self._later(TICK, self._tick)
        if self._has_feedback:
            self._congestion.tick(now)
            self._probe(now)
        self._tell_target(always=True)

    def _probe(self, now: float) -> None:
        """Send a probe cluster of packets that were sent before (RFC 4588): a phone drops them."""
        retransmission = self.video and self.video.retransmission
        if not (retransmission and retransmission.has_padding):
            return
        cluster = self._congestion.probe(now)
        if cluster is None:
            return
        packets = retransmission.padding(cluster.octets, LEAST_PACKETS)
        self._cluster = cluster.number
        at = 0.0
        octets = 0
        burst: list[OutboundPacket] = []
        for packet in packets:
            burst.append(packet)
            octets += len(packet.payload) + OVERHEAD
            due = 8 * octets / cluster.bits_per_second
            if due - at >= PROBE_PACE or packet is packets[-1]:
                ends = packet is packets[-1]
                self._later(at, partial(self._write_probe, burst, cluster.number, ends=ends))
                burst, at = [], due

    def _write_probe(self, packets: Sequence[OutboundPacket], cluster: int, *, ends: bool) -> None:
        self._write(packets, time.monotonic())
        if ends and self._cluster == cluster:
            self._cluster = None

    # What comes.

    def _receive(self, datagram: bytes, arrived: float) -> None:
        """Take a datagram of RTP or RTCP."""
        with contained(self._on_failure):
            if is_rtcp(datagram):
                if (packet := self._srtp.unprotect_rtcp(datagram)) is not None:
                    self.session.receive_rtcp(packet, arrived)
            elif (packet := self._srtp.unprotect(datagram)) is not None:
                self.session.receive_rtp(packet, arrived)
            if self.session.next_report(arrived) < self._report_at:
                self._schedule_report(arrived)

    def transport_feedback(self, results: Sequence[PacketResult], now: float) -> None:
        """See SessionListener."""
        if self.session.round_trip is not None:
            self._congestion.round_trip(self.session.round_trip)
        self._congestion.feedback(results, now)
        self._tell_target()

    def bitrate_estimated(self, bits_per_second: int) -> None:
        """Learn the estimate of a phone that gives no transport-wide feedback."""
        if not self._has_feedback:
            self._congestion.remb(bits_per_second)
            self._tell_target()

    def loss_reported(self, fraction: float, passed: float) -> None:
        """Learn the loss of the last `passed` seconds by a receiver report."""
        self._congestion.loss_reported(fraction, passed, time.monotonic())
        self._tell_target()

    def _tell_target(self, *, always: bool = False) -> None:
        target = self._congestion.target_bitrate
        if always or target != self._target:
            self._target = target
            self._on_target(target)

    # What is reported.

    def _report(self) -> None:
        self._reporting = None
        now = time.monotonic()
        protected = [
            packet
            for each in self.session.reports(now)
            if (packet := self._srtp.protect_rtcp(each)) is not None
        ]
        if protected:
            self._ice.send_packets(protected)
        self._schedule_report(now)

    def _schedule_report(self, now: float) -> None:
        if self._reporting:
            self._reporting.cancel()
        self._report_at = self.session.next_report(now)
        self._reporting = self._later(self._report_at - now, self._report)

    def _later(self, seconds: float, do: Callable[[], None]) -> asyncio.TimerHandle:
        return self._loop.call_later(max(0.0, seconds), guarded(do, self._on_failure))
