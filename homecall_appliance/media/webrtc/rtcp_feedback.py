"""What a phone reports about the picture that it gets.

aiortc acts on it in its own encoder alone; a track of packets that are encoded already hears
nothing. Here it is heard, too.
"""

import asyncio
import contextlib
import struct
from collections.abc import Callable
from typing import Any, Protocol

from aiortc import RTCRtpSender, rtp
from aiortc.rtcdtlstransport import RtpRouter
from aiortc.rtp import (
    AnyRtcpPacket,
    RtcpPsfbPacket,
    RtcpRrPacket,
    RtcpRtpfbPacket,
    RtcpSrPacket,
)
from aiortc.stats import RTCOutboundRtpStreamStats, RTCRemoteInboundRtpStreamStats

from homecall_appliance.faults.containment import OnFailure, contained, guarded, reported
from homecall_appliance.media.webrtc.aiortc_compat import UnknownAiortc, takes

SHARE = 4
"""Packets that are sent for one that may be sent again."""

BURST = 40
"""Packets that may be sent again at once."""


class Listener(Protocol):
    """Who encodes the picture, or whoever tells him. Called in the event loop; never blocks."""

    def keyframe_wanted(self) -> None:
        """The phone cannot go on without a key frame: a PLI (RFC 4585, section 6.3.1) or FIR."""
        ...

    def bitrate_estimated(self, bits_per_second: int) -> None:
        """The phone can get so much at most (draft-alvestrand-rmcat-remb-03); anything from 0."""
        ...

    def loss_reported(self, fraction: float, round_trip: float | None) -> None:
        """Of the packets since the last report, `fraction` was lost (RFC 3550, section 6.4.1).

        `fraction` is in [0, 1), `round_trip` smoothed and in seconds, None until it is known.
        """
        ...


def listen(sender: RTCRtpSender, listener: Listener, on_failure: OnFailure = reported) -> None:
    """Tell `listener` what is reported on this sender's picture, for as long as the sender lives.

    aiortc does with the reports what it did before. Call it once the answer is accepted: bundling
    has then given the sender its transport. `on_failure` is told what the listener raises, and what
    a report does that cannot be read. Raises UnknownAiortc.
    """
    ssrc, router = _seams(sender)
    route, handle = router.route_rtcp, sender._handle_rtcp_packet
    keyframe_wanted = guarded(listener.keyframe_wanted, on_failure)
    bitrate_estimated = guarded(listener.bitrate_estimated, on_failure)
    loss_reported = guarded(listener.loss_reported, on_failure)
    soon = asyncio.get_running_loop().call_soon

    def route_more(packet: AnyRtcpPacket) -> set[Any]:
        try:
            recipients = route(packet)
        except struct.error:  # a REMB cut short, for which aiortc would close the transport
            return set()
        # The media source of a FIR is 0: whom it means is in its entries.
        return recipients | {sender} if _wants_keyframe(packet, ssrc) else recipients

    async def handle_and_tell(packet: AnyRtcpPacket) -> None:
        await handle(packet)
        with contained(on_failure):
            if _wants_keyframe(packet, ssrc):
                soon(keyframe_wanted)
            if (bitrate := _estimate(packet, ssrc)) is not None:
                soon(bitrate_estimated, bitrate)
            if (fraction := _loss(packet, ssrc)) is not None:
                soon(loss_reported, fraction, await _round_trip(sender))

    router.route_rtcp = route_more  # type: ignore[method-assign]
    sender._handle_rtcp_packet = handle_and_tell  # type: ignore[method-assign]


def limit_retransmission(sender: RTCRtpSender, given_up: Callable[[], None]) -> None:
    """Let a packet be sent again for `SHARE` that were sent, after the first `BURST`.

    `given_up` is called when one is not sent again: nothing but a key frame helps then, and a phone
    waits for seconds before it asks for that.

    aiortc sends again whatever is asked for, and Chromium asks again while anything is missing:
    behind a sudden bottleneck of 0.6 Mbit/s that came to 14 Mbit/s, and for seven seconds hardly
    anything else got through. Raises UnknownAiortc.
    """
    _seams(sender)
    handle = sender._handle_rtcp_packet
    soon = asyncio.get_running_loop().call_soon
    left, known = float(BURST), 0

    async def handle_some(packet: AnyRtcpPacket) -> None:
        nonlocal left, known
        if isinstance(packet, RtcpRtpfbPacket) and packet.fmt == rtp.RTCP_RTPFB_NACK:
            sent = await _packets_sent(sender)
            left, known = min(left + (sent - known) / SHARE, BURST), sent
            asked = len(packet.lost)
            packet.lost = packet.lost[: int(left)]
            left -= len(packet.lost)
            if len(packet.lost) < asked:
                soon(given_up)
        await handle(packet)

    sender._handle_rtcp_packet = handle_some  # type: ignore[method-assign]


def _wants_keyframe(packet: AnyRtcpPacket, ssrc: int) -> bool:
    match packet:
        case RtcpPsfbPacket(fmt=rtp.RTCP_PSFB_PLI):
            return packet.media_ssrc == ssrc
        case RtcpPsfbPacket(fmt=4, fci=entries) if len(entries) % 8 == 0:  # FIR
            return ssrc in (entry for entry, _ in struct.iter_unpack("!LL", entries))
    return False


def _estimate(packet: AnyRtcpPacket, ssrc: int) -> int | None:
    if isinstance(packet, RtcpPsfbPacket) and packet.fmt == rtp.RTCP_PSFB_APP:
        with contextlib.suppress(ValueError):  # the format has other uses than REMB
            bitrate, ssrcs = rtp.unpack_remb_fci(packet.fci)
            return bitrate if ssrc in ssrcs else None
    return None


def _loss(packet: AnyRtcpPacket, ssrc: int) -> float | None:
    if isinstance(packet, RtcpRrPacket | RtcpSrPacket):
        for report in packet.reports:
            if report.ssrc == ssrc:
                return report.fraction_lost / 256
    return None


async def _round_trip(sender: RTCRtpSender) -> float | None:
    for each in (await sender.getStats()).values():
        if isinstance(each, RTCRemoteInboundRtpStreamStats):
            return each.roundTripTime
    return None


async def _packets_sent(sender: RTCRtpSender) -> int:
    stats = (await sender.getStats()).values()
    return sum(each.packetsSent for each in stats if isinstance(each, RTCOutboundRtpStreamStats))


def _seams(sender: RTCRtpSender) -> tuple[int, RtpRouter]:
    """Return what is private to aiortc and needed here, if it is what it was."""
    with contextlib.suppress(AttributeError):
        ssrc, router = sender._ssrc, sender.transport._rtp_router
        if (
            isinstance(ssrc, int)
            and takes(router.route_rtcp, "packet", waits=False)
            and takes(sender._handle_rtcp_packet, "packet", waits=True)
        ):
            return ssrc, router
    raise UnknownAiortc("passes on what the phones report")
