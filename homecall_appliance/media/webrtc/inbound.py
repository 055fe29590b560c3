"""How sound and picture of a phone get to where they belong, past aiortc's own jitter buffer.

That one has every packet of sound wait for 80 ms, and after a loss for 300 ms more; a picture waits
for the next one, and after a loss for 512 packets. Behind it are a thread that decodes and queues
without a bound. Here an object with the same method stands in its place.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, Protocol

import numpy as np
from aiortc import (
    MediaStreamError,
    MediaStreamTrack,
    RTCRtpCodecParameters,
    RTCRtpReceiver,
    RTCRtpTransceiver,
)
from av import AudioFrame

from homecall_appliance.faults.containment import OnFailure, contained
from homecall_appliance.media.audio.opus import OpusDecoder
from homecall_appliance.media.audio.playout import Decoder, Packet
from homecall_appliance.media.ports import BLOCK_SAMPLES, Block
from homecall_appliance.media.video.headers import refusal
from homecall_appliance.media.video.picture import Picture
from homecall_appliance.media.webrtc.aiortc_compat import (
    RECEIVING_PICTURES,
    RECEIVING_SOUND,
    JitterBuffer,
    RtpPacket,
    depayloaded,
    jitter_buffer,
    known,
    received_codecs,
    replace_jitter_buffer,
)
from homecall_appliance.media.webrtc.frame_assembler import Assembly, Part

log = logging.getLogger(__name__)


class SoundReceiver:
    """Hands on what one receiver gets, as packets."""

    def __init__(self, receiver: RTCRtpReceiver) -> None:
        self.take: Callable[[Packet], None] = lambda _packet: None
        """Is given each packet, in the event loop."""

        self.make_decoder: Callable[[], Decoder] = OpusDecoder
        """Makes what decodes them."""

        if known(RECEIVING_SOUND):
            replace_jitter_buffer(receiver, self)
        else:
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


class PictureDecoder(Protocol):
    """Decodes pictures, somewhere else."""

    def put(self, picture: Picture) -> bool:
        """Add a picture; False: it is left out, and those before it may be."""
        ...

    async def run(self) -> None:
        """Decode until cancelled."""
        ...


NewDecoder = Callable[[Callable[[int, int], None], Callable[[], None]], PictureDecoder]
"""Makes one: told the width and height of each decoded picture, and when nothing but a key frame is
of use; both in the event loop."""


class PictureReceiver:
    """Has decoded what one receiver gets, each picture as soon as it is whole."""

    def __init__(
        self,
        transceiver: RTCRtpTransceiver,
        new_decoder: NewDecoder,
        decoded: Callable[[int, int], None],
    ) -> None:
        """`decoded` is told the width and height of each picture, in the event loop.

        Where it cannot be put in its place no picture is asked for: aiortc would decode it in
        this process.
        """
        self._assembly = Assembly()
        self._decoder = new_decoder(decoded, self._assembly.lose)
        self._codecs: Mapping[int, RTCRtpCodecParameters] = {}
        self._refused = False
        if known(RECEIVING_PICTURES):
            self._codecs = received_codecs(transceiver.receiver)
            replace_jitter_buffer(transceiver.receiver, self)
        else:
            transceiver.direction = "sendonly"

    def add(self, packet: RtpPacket) -> tuple[bool, None]:
        """Take a packet in place of aiortc's `JitterBuffer`, which may return a frame, too.

        Returns whether to ask for a key frame.
        """
        now, name = time.monotonic(), self._codecs[packet.payload_type].name
        part = Part(
            packet.sequence_number,
            packet.timestamp,
            bool(packet.marker),
            "h264" if name.lower() == "h264" else "vp8",
            depayloaded(packet),
        )
        for picture in self._assembly.add(part, now):
            if self._is_refused(picture) or not self._decoder.put(picture):
                self._assembly.lose()
        return self._assembly.asks_for_keyframe(now), None

    async def read(self, track: MediaStreamTrack) -> None:
        """Have it decoded, until the track ends."""
        async with asyncio.TaskGroup() as group:
            decoding = group.create_task(self._decoder.run())
            async for _ in frames(track):  # none: they would have passed `add`
                pass
            decoding.cancel()

    def _is_refused(self, picture: Picture) -> bool:
        """Whether it must not be decoded; said once, as a phone may send it again and again."""
        reason = refusal(picture.codec, picture.data)
        if reason and not self._refused:
            log.warning("The visitor's picture is not shown: it %s. The call goes on.", reason)
            self._refused = True
        return reason is not None


def contain(transceiver: RTCRtpTransceiver, on_failure: OnFailure) -> None:
    """Keep from the transport what the object in place of the receiver's jitter buffer raises.

    `on_failure` is told it; from then on what comes is dropped.
    """
    if known(RECEIVING_SOUND if transceiver.kind == "audio" else RECEIVING_PICTURES):
        receiver = transceiver.receiver
        replace_jitter_buffer(receiver, _Contained(jitter_buffer(receiver), on_failure))


class _Contained:
    """Stands in place of aiortc's `JitterBuffer`, before another."""

    def __init__(self, buffer: JitterBuffer, on_failure: OnFailure) -> None:
        self._add: Callable[[RtpPacket], tuple[bool, Any]] = buffer.add
        self._on_failure = on_failure

    def add(self, packet: RtpPacket) -> tuple[bool, Any]:
        with contained(self._fail):
            return self._add(packet)
        return False, None

    def _fail(self, error: Exception) -> None:
        self._add = lambda _packet: (False, None)
        self._on_failure(error)


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
