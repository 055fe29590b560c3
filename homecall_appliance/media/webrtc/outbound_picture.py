"""The picture that one phone gets, and what the phone reports of it."""

import time
from collections.abc import Sequence

from homecall_appliance.faults.containment import OnFailure, guarded
from homecall_appliance.media.rtp.outbound_packet import OutboundPacket
from homecall_appliance.media.rtp.sender import SendParameters
from homecall_appliance.media.video.picture import CLOCK_RATE, Picture
from homecall_appliance.media.video.shared_camera import Viewer
from homecall_appliance.media.webrtc.capture_time import CaptureTime
from homecall_appliance.media.webrtc.outbound import OutboundStream
from homecall_appliance.media.webrtc.packet_size import PacketSize
from homecall_appliance.media.webrtc.playout_delay import PlayoutDelay
from homecall_appliance.media.webrtc.rtp_transport import RtpTransport

LATENCY = 0.040
"""Seconds from the capture of a picture to its encoded frame, at least: it is read out of the
sensor, converted and encoded."""


class OutboundPicture:
    """A `media.rtp.sender.SenderListener`: tells the encoder what concerns it, and what else
    depends on reports its part."""

    def __init__(
        self, transport: RtpTransport, parameters: SendParameters, *, limits_delay: bool
    ) -> None:
        """`limits_delay`: the phone takes a limit of its playout delay."""
        self.viewer: Viewer | None = None
        """The share of the camera, once that is open for the phone."""

        self._transport = transport
        self._size, self._delay = PacketSize(), PlayoutDelay()
        self._reported: float | None = None
        sender = transport.session.add_sender(parameters, self)
        transport.video = sender
        self.stream: OutboundStream[Picture] = OutboundStream(
            sender,
            transport.send_paced,
            CaptureTime(CLOCK_RATE, LATENCY),
            self._size.cut,
            playout_delay=self._delay.extension if limits_delay else lambda: None,
        )

    def begin(self, viewer: Viewer, on_failure: OnFailure) -> None:
        """Send what the camera gives, once the phone is connected."""
        self.viewer = viewer
        self.stream.begin(guarded(viewer.feed.begin, on_failure))

    def keyframe_wanted(self) -> None:
        """The phone cannot go on without a key frame."""
        self._size.keyframe_wanted(time.monotonic())
        if self.viewer:
            self.viewer.keyframe_wanted()

    def bitrate_estimated(self, bits_per_second: int) -> None:
        """The phone can get so much at most."""
        self._transport.bitrate_estimated(bits_per_second)

    def path_reported(self, fraction: float, round_trip: float | None, jitter: float) -> None:
        """A part of the packets was lost, and the others took their time."""
        now = time.monotonic()
        self._size.loss_reported(fraction)
        self._delay.report(fraction, round_trip, jitter, now)
        if self.viewer:
            self.viewer.path_reported(fraction, round_trip)
        passed = now - self._reported if self._reported is not None else 0.0
        self._reported = now
        self._transport.loss_reported(fraction, passed)

    def retransmit(self, packets: Sequence[OutboundPacket]) -> None:
        """The phone lacks these packets."""
        self._transport.send_again(packets)
