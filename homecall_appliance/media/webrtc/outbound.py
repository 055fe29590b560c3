"""How what is encoded gets to a phone."""

import time
from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Generic, Protocol, TypeVar

from homecall_appliance.media.rtp.outbound_packet import OutboundPacket
from homecall_appliance.media.rtp.sender import RtpSender
from homecall_appliance.media.webrtc.capture_time import CaptureTime


class Frame(Protocol):
    """A picture, or a piece of sound."""

    @property
    def data(self) -> bytes:
        """All of it."""
        ...

    @property
    def payloads(self) -> Sequence[bytes]:
        """What its RTP packets carry."""
        ...

    @property
    def timestamp(self) -> int:
        """Ticks of its codec's clock."""
        ...


F = TypeVar("F", bound=Frame)

Take = Callable[[F], bool]
"""Takes a frame, in the event loop; returns whether there was room for it."""

Send = Callable[[Sequence[OutboundPacket]], bool]
"""Sends packets; returns whether there was room for them."""


class OutboundStream(Generic[F]):
    """Gives the frames of a source to a phone, from the moment on when it is connected."""

    def __init__(
        self,
        sender: RtpSender,
        send: Send,
        captured: CaptureTime,
        cut: Callable[[F], Sequence[bytes]] = attrgetter("payloads"),
        *,
        playout_delay: Callable[[], bytes | None] = lambda: None,
        begins_talkspurt: Callable[[F], bool] = lambda _: False,
    ) -> None:
        """`cut` returns what the packets of a frame carry, `playout_delay` what their extension
        says, None where that was not agreed: see PlayoutDelay. `begins_talkspurt` tells whether a
        frame of sound is the first after a silence."""
        self.frames = 0
        """How many were sent."""

        self.octets = 0
        """What they were without their headers, in bytes."""

        self._sender = sender
        self._send = send
        self._captured = captured
        self._cut = cut
        self._playout_delay = playout_delay
        self._begins_talkspurt = begins_talkspurt
        self._begin: Callable[[Take[F]], None] | None = None
        self._open = False

    def begin(self, source: Callable[[Take[F]], None]) -> None:
        """Have a source told who takes its frames, once they can be sent."""
        self._begin = source
        if self._open:
            source(self._put)

    def open(self) -> None:
        """Take frames from now on: the phone is connected."""
        if self._open:
            return
        self._open = True
        if self._begin:
            self._begin(self._put)

    def _put(self, frame: F) -> bool:
        packets = self._sender.packetize(
            self._cut(frame),
            frame.timestamp,
            self._captured.of(frame.timestamp, time.monotonic()),
            begins_talkspurt=self._begins_talkspurt(frame),
            playout_delay=self._playout_delay(),
        )
        if not self._send(packets):
            return False
        self.frames += 1
        self.octets += len(frame.data)
        return True
