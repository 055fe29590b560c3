"""What a phone reports about the picture that it gets.

aiortc acts on it in its own encoder alone; a track of packets that are encoded already hears
nothing. Here it is heard, too.
"""

import asyncio
import contextlib
import struct
from collections.abc import Callable
from typing import Protocol

from aiortc import RTCOutboundRtpStreamStats, RTCRemoteInboundRtpStreamStats, RTCRtpSender

from homecall_appliance.faults.containment import OnFailure, contained, guarded, reported
from homecall_appliance.media.video.picture import CLOCK_RATE
from homecall_appliance.media.webrtc.aiortc_compat import (
    ReportInternals,
    nack,
    payload_feedback,
    read_remb,
    report_blocks,
)
from homecall_appliance.media.webrtc.packet_size import PacketSize
from homecall_appliance.media.webrtc.playout_delay import PlayoutDelay

PLI, FIR, APPLICATION = 1, 4, 15
"""Formats of payload-specific feedback (RFC 4585, section 6.3; RFC 5104, section 4.3.1)."""

SHARE = 4
"""Packets that are sent for one that may be sent again."""

BURST = 40
"""Packets that may be sent again at once."""


class EncoderListener(Protocol):
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


class Listener(Protocol):
    """Who hears all that a phone reports. Called in the event loop; never blocks."""

    def keyframe_wanted(self) -> None:
        """See EncoderListener."""
        ...

    def bitrate_estimated(self, bits_per_second: int) -> None:
        """See EncoderListener."""
        ...

    def path_reported(self, fraction: float, round_trip: float | None, jitter: float) -> None:
        """See EncoderListener.loss_reported(); `jitter` is the interarrival jitter in seconds
        (RFC 3550, section 6.4.1)."""
        ...


class FittingListener:
    """Tells the encoder's listener everything, and what else depends on reports its part: the size
    of packets, and how long the phone may hold a picture back."""

    def __init__(self, listener: EncoderListener, size: PacketSize, delay: PlayoutDelay) -> None:
        self._size = size
        self._delay = delay
        self._listener = listener
        self.bitrate_estimated = listener.bitrate_estimated
        self._now = asyncio.get_running_loop().time

    def keyframe_wanted(self) -> None:
        """The phone cannot go on without a key frame."""
        self._size.keyframe_wanted(self._now())
        self._listener.keyframe_wanted()

    def path_reported(self, fraction: float, round_trip: float | None, jitter: float) -> None:
        """A part of the packets was lost, and the others took their time."""
        self._size.loss_reported(fraction)
        self._delay.report(fraction, round_trip, jitter, self._now())
        self._listener.loss_reported(fraction, round_trip)


class SoundListener:
    """A Listener of the sound's sender: but for losses there is nothing that it could do better."""

    def __init__(self, loss_reported: Callable[[float], None]) -> None:
        """`loss_reported` is told the part of the packets lost since the last report, 0 to 1."""
        self._loss_reported = loss_reported

    def keyframe_wanted(self) -> None:
        """Nothing: each packet of sound can be decoded without others."""

    def bitrate_estimated(self, bits_per_second: int) -> None:
        """Nothing: it is the picture that gives way."""

    def path_reported(
        self,
        fraction: float,
        round_trip: float | None,  # noqa: ARG002 - see Listener
        jitter: float,  # noqa: ARG002 - see Listener
    ) -> None:
        """A part of the packets was lost."""
        self._loss_reported(fraction)


def listen(sender: RTCRtpSender, listener: Listener, on_failure: OnFailure = reported) -> None:
    """Tell `listener` what is reported on this sender's picture, for as long as the sender lives.

    aiortc does with the reports what it did before. Call it once the answer is accepted: bundling
    has then given the sender its transport. `on_failure` is told what the listener raises, and what
    a report does that cannot be read.
    """
    internals = ReportInternals(sender)
    ssrc, route, handle = internals.ssrc, internals.route, internals.handle
    keyframe_wanted = guarded(listener.keyframe_wanted, on_failure)
    bitrate_estimated = guarded(listener.bitrate_estimated, on_failure)
    path_reported = guarded(listener.path_reported, on_failure)
    soon = asyncio.get_running_loop().call_soon

    def route_more(packet: object) -> set[object]:
        try:
            recipients = {*route(packet)}
        except struct.error:  # a REMB cut short, for which aiortc would close the transport
            return set()
        # The media source of a FIR is 0: whom it means is in its entries.
        return recipients | {sender} if _wants_keyframe(packet, ssrc) else recipients

    async def handle_and_tell(packet: object) -> None:
        await handle(packet)
        with contained(on_failure):
            if _wants_keyframe(packet, ssrc):
                soon(keyframe_wanted)
            if (bitrate := _estimate(packet, ssrc)) is not None:
                soon(bitrate_estimated, bitrate)
            for block in report_blocks(packet):
                if block.ssrc == ssrc:
                    path = await _round_trip(sender), block.jitter / CLOCK_RATE
                    soon(path_reported, block.fraction_lost / 256, *path)

    internals.route, internals.handle = route_more, handle_and_tell


def limit_retransmission(sender: RTCRtpSender, given_up: Callable[[], None]) -> None:
    """Let a packet be sent again for `SHARE` that were sent, after the first `BURST`.

    `given_up` is called when one is not sent again: nothing but a key frame helps then, and a phone
    waits for seconds before it asks for that.

    aiortc sends again whatever is asked for, and Chromium asks again while anything is missing:
    behind a sudden bottleneck of 0.6 Mbit/s that came to 14 Mbit/s, and for seven seconds hardly
    anything else got through.
    """
    internals = ReportInternals(sender)
    handle = internals.handle
    soon = asyncio.get_running_loop().call_soon
    left, known = float(BURST), 0

    async def handle_some(packet: object) -> None:
        nonlocal left, known
        if asked := nack(packet):
            sent = await _packets_sent(sender)
            left, known = min(left + (sent - known) / SHARE, BURST), sent
            lost = asked.lost
            asked.lost = lost[: int(left)]
            left -= len(asked.lost)
            if len(asked.lost) < len(lost):
                soon(given_up)
        await handle(packet)

    internals.handle = handle_some


def _wants_keyframe(packet: object, ssrc: int) -> bool:
    feedback = payload_feedback(packet)
    if feedback is None:
        return False
    if feedback.fmt == PLI:
        return feedback.media_ssrc == ssrc
    if feedback.fmt == FIR and len(feedback.fci) % 8 == 0:
        return ssrc in (entry for entry, _ in struct.iter_unpack("!LL", feedback.fci))
    return False


def _estimate(packet: object, ssrc: int) -> int | None:
    feedback = payload_feedback(packet)
    if feedback is not None and feedback.fmt == APPLICATION:
        with contextlib.suppress(ValueError):  # the format has other uses than REMB
            bitrate, ssrcs = read_remb(feedback.fci)
            return bitrate if ssrc in ssrcs else None
    return None


async def _round_trip(sender: RTCRtpSender) -> float | None:
    for each in (await sender.getStats()).values():
        if isinstance(each, RTCRemoteInboundRtpStreamStats):
            return each.roundTripTime
    return None


async def _packets_sent(sender: RTCRtpSender) -> int:
    stats = (await sender.getStats()).values()
    return sum(each.packetsSent for each in stats if isinstance(each, RTCOutboundRtpStreamStats))
