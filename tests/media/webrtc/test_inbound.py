"""What comes of a phone's packets: sound for the loudspeaker, pictures for the decoder."""

import asyncio
from collections.abc import Callable, Iterator

import pytest
from av import Packet as AvPacket
from av import VideoCodecContext, VideoFrame

from homecall_appliance.decoder.worker import make_decoder
from homecall_appliance.media.audio.opus import OpusDecoder
from homecall_appliance.media.audio.playout import Packet
from homecall_appliance.media.rtp.packet import RtpPacket
from homecall_appliance.media.video.picture import Codec, Picture
from homecall_appliance.media.webrtc import inbound
from homecall_appliance.media.webrtc.inbound import PictureReceiver, SoundReceiver
from tests.support.film import by_x264, film

pytestmark = pytest.mark.slow

PAYLOAD_TYPES: dict[Codec, int] = {"h264": 101, "vp8": 97}


def rtp(payload_type: int, number: int, timestamp: int, payload: bytes, marker: bool) -> RtpPacket:
    return RtpPacket(payload_type, marker, number & 0xFFFF, timestamp, 1, {}, payload)


def test_sound_is_handed_on_and_padding_is_not() -> None:
    receiver, got = SoundReceiver(), list[Packet]()
    receiver.receive(rtp(96, 6, 960, b"early", marker=False), 0.0)
    receiver.take = got.append
    receiver.receive(rtp(96, 7, 1920, b"one", marker=True), 0.0)
    receiver.receive(rtp(96, 8, 1920, b"", marker=False), 0.0)
    assert got == [Packet(7, 1920, b"one")]
    assert receiver.make_decoder is OpusDecoder


class Seen:
    """A `PictureDecoder` that decodes in this process."""

    def __init__(self) -> None:
        self.frames: list[VideoFrame] = []
        self.keyframes: list[bool] = []
        self._decoder: VideoCodecContext | None = None

    def new(self, decoded: Callable[[int, int], None], spoilt: Callable[[], None]) -> "Seen":
        self._decoded, self._spoilt = decoded, spoilt
        return self

    def put(self, picture: Picture) -> bool:
        self.keyframes.append(picture.keyframe)
        self._decoder = self._decoder or make_decoder(picture.codec)
        for frame in self._decoder.decode(AvPacket(picture.data)):
            self.frames.append(frame)
            self._decoded(frame.width, frame.height)
        return True

    async def run(self) -> None:
        await asyncio.Event().wait()


class World:
    """A receiver, and what came of its packets."""

    def __init__(self) -> None:
        self.seen, self.sizes = Seen(), list[tuple[int, int]]()
        self.asked: list[float] = []
        self.now = 100.0
        self.number = 65_530
        self.receiver = PictureReceiver(self.seen.new, lambda *size: self.sizes.append(size))
        self.receiver.codecs = {number: codec for codec, number in PAYLOAD_TYPES.items()}
        self.receiver.request_keyframe = lambda: self.asked.append(self.now)

    def send(self, picture: Picture, *, without: int = -1) -> None:
        """Let the packets of a picture come, but that one of them."""
        for place, packet in enumerate(self._packets(picture)):
            if place != without:
                self.receiver.receive(packet, self.now)
        self.now += 1 / 30

    def _packets(self, picture: Picture) -> Iterator[RtpPacket]:
        payload_type, payloads = PAYLOAD_TYPES[picture.codec], picture.payloads
        for place, payload in enumerate(payloads, 1):
            marker = place == len(payloads)
            yield rtp(payload_type, self.number, picture.timestamp, payload, marker)
            self.number += 1


@pytest.mark.parametrize("codec", PAYLOAD_TYPES)
def test_what_is_sent_is_decoded_picture_by_picture(codec: Codec) -> None:
    world = World()
    for place, picture in enumerate(film(codec, 10), 1):
        world.send(picture)
        assert len(world.seen.frames) == place
    assert world.sizes == [(160, 120)] * 10
    assert world.asked == []


@pytest.mark.parametrize("codec", PAYLOAD_TYPES)
def test_after_a_loss_it_goes_on_with_a_key_frame_that_it_asks_for(codec: Codec) -> None:
    world = World()
    first, lost, *others = film(codec, 30)
    world.send(first)
    world.send(lost, without=0)
    for picture in others:
        world.send(picture)
    assert world.seen.keyframes == [True]
    assert len(world.asked) == 1, "half a second after the first packet"
    world.send(first)
    assert world.seen.keyframes == [True, True]


def test_what_cannot_be_read_is_as_if_it_was_lost() -> None:
    world = World()
    for payload in (b"\x1c", b"\x18\xff\xff\x00", b"\x1f"):
        world.receiver.receive(rtp(101, world.number, 0, payload, marker=True), world.now)
        world.number += 1
    world.receiver.receive(rtp(35, world.number, 0, b"\x65", marker=True), world.now)
    world.send(film("h264", 1)[0])
    assert len(world.seen.frames) == 1


def test_what_must_not_be_decoded_is_not_and_is_said_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The call goes on, and a key frame is asked for; what may be decoded, is."""
    world = World()
    for settings in ("ref=16", "ref=16", "interlaced=1", "ref=1"):
        [picture] = by_x264(settings)
        world.send(picture)
        world.now += 1.0
        if settings != "ref=1":
            assert not world.seen.frames
    assert (len(world.seen.frames), len(world.asked), world.sizes) == (1, 2, [(160, 120)])
    [message] = [each.getMessage() for each in caplog.records if each.name == inbound.__name__]
    assert message == (
        "The visitor's picture is not shown: it refers to too many others. The call goes on."
    )


async def test_what_a_decoder_raises_is_raised_to_who_runs_it() -> None:
    class Failing(Seen):
        async def run(self) -> None:
            raise ZeroDivisionError

    receiver = PictureReceiver(Failing().new, lambda *_: None)
    with pytest.raises(ZeroDivisionError):
        await receiver.run()
