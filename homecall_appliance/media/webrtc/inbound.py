"""How sound and picture of a phone get from its packets to where they belong.

Both are called in the event loop with each packet in the order in which they come; nothing here
waits, and what is bounded is the jitter buffer behind (`playout`, `frame_assembler`).
"""

import logging
from collections.abc import Callable, Mapping
from typing import Protocol

from homecall_appliance.media.audio.opus import OpusDecoder
from homecall_appliance.media.audio.playout import Decoder, Packet
from homecall_appliance.media.rtp.packet import RtpPacket
from homecall_appliance.media.video.depacketizer import depacketize
from homecall_appliance.media.video.headers import refusal
from homecall_appliance.media.video.picture import Codec, Picture
from homecall_appliance.media.webrtc.frame_assembler import Assembly, Part

log = logging.getLogger(__name__)


class SoundReceiver:
    """Hands on the phone's sound, as packets that are to be decoded."""

    make_decoder: Callable[[], Decoder] = OpusDecoder
    """Makes what decodes them."""

    def __init__(self) -> None:
        self.take: Callable[[Packet], None] = lambda _packet: None
        """Is given each packet, in the event loop."""

    def receive(self, packet: RtpPacket, _arrived: float) -> None:
        """Take a packet of the sound's stream; one of padding alone tells nothing."""
        if packet.payload:
            self.take(Packet(packet.sequence_number, packet.timestamp, packet.payload))


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
    """Has the phone's pictures decoded, each as soon as it is whole."""

    def __init__(self, new_decoder: NewDecoder, decoded: Callable[[int, int], None]) -> None:
        """`decoded` is told the width and height of each picture, in the event loop."""
        self.codecs: Mapping[int, Codec] = {}
        """The codecs that were agreed, by payload type."""

        self.request_keyframe: Callable[[], None] = lambda: None
        """Asks the phone for a key frame (RFC 4585, section 6.3.1)."""

        self._assembly = Assembly()
        self._decoder = new_decoder(decoded, self._assembly.lose)
        self._refused = False

    def receive(self, packet: RtpPacket, arrived: float) -> None:
        """Take a packet of the picture's stream that arrived at this time, in seconds of
        time.monotonic(). One that is malformed is as if it was lost."""
        codec = self.codecs.get(packet.payload_type)
        data = depacketize(codec, packet.payload) if codec else None
        if codec is None or data is None:
            return
        part = Part(packet.sequence_number, packet.timestamp, packet.marker, codec, data)
        for picture in self._assembly.add(part, arrived):
            if self._is_refused(picture) or not self._decoder.put(picture):
                self._assembly.lose()
        if self._assembly.asks_for_keyframe(arrived):
            self.request_keyframe()

    async def run(self) -> None:
        """Have them decoded, until cancelled."""
        await self._decoder.run()

    def _is_refused(self, picture: Picture) -> bool:
        """Whether it must not be decoded; said once, as a phone may send it again and again."""
        reason = refusal(picture.codec, picture.data)
        if reason and not self._refused:
            log.warning("The visitor's picture is not shown: it %s. The call goes on.", reason)
            self._refused = True
        return reason is not None
