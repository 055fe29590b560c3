"""How what is encoded gets to a phone."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from fractions import Fraction
from operator import attrgetter
from typing import Generic, Protocol, TypeVar

from aiortc import MediaStreamTrack, RTCRtpSender
from av import Packet
from av.stream import Stream

from homecall_appliance.media.webrtc.aiortc_compat import SENDING, known
from homecall_appliance.media.webrtc.rtp_sender import Outlet, Wire

QUEUE = 15
"""Frames that may wait for aiortc's own loop: half a second of pictures."""


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


class Delivery(Generic[F]):
    """Gives the frames of a source to a phone, from the moment on when it is connected."""

    def __init__(
        self,
        sender: RTCRtpSender,
        wire: Wire,
        clock_rate: int,
        cut: Callable[[F], Sequence[bytes]] = attrgetter("payloads"),
        *,
        extension: Callable[[], bytes] = bytes,
        marked: Callable[[F], bool] = lambda _frame: True,
    ) -> None:
        """`clock_rate` is the codec's, in hertz; `cut` returns what the packets of a frame carry,
        `marked` whether the last of them has the marker bit (RFC 3550, section 5.1); for
        `extension` see Outlet. aiortc starts what sends as it connects: this must be there."""
        self.frames = 0
        """How many were sent."""

        self.octets = 0
        """What they were without their headers, in bytes."""

        self._begin: Callable[[Take[F]], None] | None = None
        self._open = False
        self._take: Take[F]
        if known(SENDING):
            outlet = Outlet(sender, wire, self._opened, extension)
            self._take = lambda frame: outlet.send(cut(frame), frame.timestamp, marked(frame))
        else:
            track = _Track[F](sender.kind, clock_rate, self._opened)
            sender.replaceTrack(track)
            self._take = track.put

    def begin(self, source: Callable[[Take[F]], None]) -> None:
        """Have a source told who takes its frames, once they can be sent."""
        self._begin = source
        if self._open:
            source(self._put)

    def _opened(self) -> None:
        self._open = True
        if self._begin:
            self._begin(self._put)

    def _put(self, frame: F) -> bool:
        if not self._take(frame):
            return False
        self.frames += 1
        self.octets += len(frame.data)
        return True


class _Track(Generic[F], MediaStreamTrack):
    """The frames for aiortc's own loop, which fetches them."""

    def __init__(self, kind: str, clock_rate: int, opened: Callable[[], None]) -> None:
        super().__init__()
        self.kind = kind
        self._opened: Callable[[], None] | None = opened
        self._time_base = Fraction(1, clock_rate)
        self._frames: deque[F] = deque()
        self._filled = asyncio.Event()

    async def recv(self) -> "Packet[Stream]":
        """Wait for the next frame; it keeps its own time."""
        if self._opened:
            self._opened()
            self._opened = None
        while not self._frames:
            self._filled.clear()
            await self._filled.wait()
        frame = self._frames.popleft()
        packet = Packet(frame.data)
        packet.pts, packet.time_base = frame.timestamp, self._time_base
        return packet

    def put(self, frame: F) -> bool:
        """Add a frame; where there is no room, none of those that wait is of use any more."""
        if len(self._frames) == QUEUE:
            self._frames.clear()
            return False
        self._frames.append(frame)
        self._filled.set()
        return True
