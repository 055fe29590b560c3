"""How the sound of a phone gets to where it is played, past aiortc's own jitter buffer.

That one has every packet wait for 80 ms, and after a loss for 300 ms more; behind it are a thread
that decodes and a queue without a bound. Here an object with the same method stands in its place,
which hands each packet on and keeps none.
"""

import contextlib
import logging
from collections.abc import AsyncIterator, Callable
from typing import Any

import numpy as np
from aiortc import MediaStreamTrack, RTCRtpReceiver
from aiortc.mediastreams import MediaStreamError
from aiortc.rtp import RtpPacket
from av import AudioFrame

from homecall_appliance.media.audio.opus import OpusDecoder
from homecall_appliance.media.audio.playout import Decoder, Packet
from homecall_appliance.media.ports import BLOCK_SAMPLES, Block
from homecall_appliance.media.seams import UnknownAiortc, has, takes

log = logging.getLogger(__name__)

_BUFFER = "_RTCRtpReceiver__jitter_buffer"


class SoundReceiver:
    """Hands on what one receiver gets, as packets."""

    def __init__(self, receiver: RTCRtpReceiver) -> None:
        self.take: Callable[[Packet], None] = lambda _packet: None
        """Is given each packet, in the event loop."""

        self.make_decoder: Callable[[], Decoder] = OpusDecoder
        """Makes what decodes them."""

        buffer: Any = getattr(receiver, _BUFFER, None)
        if has(buffer, "add") and takes(buffer.add, "packet", waits=False):
            setattr(receiver, _BUFFER, self)
        else:
            log.warning("%s Until then sound is later.", UnknownAiortc("receives sound"))
            self.make_decoder = _Decoded

    def add(self, packet: RtpPacket) -> tuple[bool, None]:
        """Take a packet in place of aiortc's `JitterBuffer`, which may return a frame."""
        self.take(Packet(packet.sequence_number, packet.timestamp, packet.payload))
        return False, None

    async def read(self, track: MediaStreamTrack) -> None:
        """Take what aiortc has decoded, until the track ends: nothing, if all works as it should.

        The track's queue has no bound.
        """
        async for frame in frames(track):
            if isinstance(frame, AudioFrame) and frame.pts is not None:
                channels = len(frame.layout.channels)
                samples = frame.to_ndarray().reshape(-1, channels).mean(axis=1).astype(np.int16)
                number = frame.pts // BLOCK_SAMPLES
                self.take(Packet(number & 0xFFFF, frame.pts & 0xFFFFFFFF, samples.tobytes()))


class _Decoded:
    """A `Decoder` of packets that are decoded already."""

    def decode(self, packet: bytes) -> Block:
        return np.frombuffer(packet, np.int16)

    def recover(self, following: bytes, samples: int) -> Block:  # noqa: ARG002 - see Decoder
        return self.conceal(samples)

    def conceal(self, samples: int) -> Block:
        return np.zeros(samples, np.int16)


async def frames(track: MediaStreamTrack) -> AsyncIterator[object]:
    """Yield what a remote track receives, until it ends; its queue is unbounded: keep reading."""
    with contextlib.suppress(MediaStreamError):
        while True:
            yield await track.recv()
