"""What one phone and the devices of the appliance give each other, once there is an answer."""

import contextlib
import logging
import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace
from operator import attrgetter

from homecall_appliance.faults.containment import OnFailure, guarded
from homecall_appliance.media.audio.opus import Sound
from homecall_appliance.media.audio.opus_settings import OpusPreferences
from homecall_appliance.media.audio.shared_audio import SharedAudio
from homecall_appliance.media.audio.voice import Voice
from homecall_appliance.media.ports import SAMPLE_RATE
from homecall_appliance.media.rtp.extensions import PLAYOUT_DELAY
from homecall_appliance.media.rtp.outbound_packet import OutboundPacket
from homecall_appliance.media.rtp.receiver import ReceivedCodec, ReceiveParameters
from homecall_appliance.media.rtp.retransmission import Rtx
from homecall_appliance.media.rtp.sender import SendParameters
from homecall_appliance.media.video.picture import CLOCK_RATE, Codec
from homecall_appliance.media.video.shared_camera import SharedCamera
from homecall_appliance.media.webrtc.answer import Answer, NegotiatedMedia
from homecall_appliance.media.webrtc.capture_time import CaptureTime
from homecall_appliance.media.webrtc.inbound import NewDecoder, PictureReceiver, SoundReceiver
from homecall_appliance.media.webrtc.offer import Direction, OfferedMedia
from homecall_appliance.media.webrtc.outbound import OutboundStream
from homecall_appliance.media.webrtc.outbound_picture import OutboundPicture
from homecall_appliance.media.webrtc.rtp_transport import RtpTransport
from homecall_appliance.media.webrtc.stats import Received, Sent

log = logging.getLogger(__name__)

SOUND_BITRATE = 60_000
"""Bit/s that sound takes of what the path bears, with its headers."""

SOUND_LATENCY = 0.020
"""Seconds from a sound to the block that it is in, at least: the block is as long (`ports`)."""


class PeerMedia:
    """The media of one peer. Leaving it closes its share of the devices."""

    def __init__(
        self,
        camera: SharedCamera,
        audio: SharedAudio,
        new_decoder: NewDecoder | None,
        on_failure: OnFailure,
    ) -> None:
        """`new_decoder` makes what shows the phone's picture, None where nobody can see it;
        `on_failure` is told what the parts raise in what others do for them."""
        self.received = Received()
        self.devices = contextlib.ExitStack()
        self.wants_picture = new_decoder is not None
        self._camera = camera
        self._audio = audio
        self._on_failure = on_failure
        self._sound_receiver = SoundReceiver()
        self._picture_receiver = (
            PictureReceiver(new_decoder, guarded(self._see, on_failure)) if new_decoder else None
        )
        self._ssrcs = [secrets.randbits(32) for _ in range(3)]
        self._preferences = OpusPreferences()
        self._voice: Voice | None = None
        self._codec: Codec | None = None
        self._sounds: OutboundStream[Sound] | None = None
        self._picture: OutboundPicture | None = None

    @property
    def offered(self) -> Sequence[OfferedMedia]:
        """What the offer says of them."""
        sound, picture, rtx = self._ssrcs
        direction: Direction = "sendrecv" if self.wants_picture else "sendonly"
        return (
            OfferedMedia("audio", "sendrecv", sound),
            OfferedMedia("video", direction, picture, rtx),
        )

    @property
    def sent(self) -> Sent:
        """What was sent to the phone so far."""
        sent = Sent()
        if self._sounds is not None:
            sent = Sent(audio_frames=self._sounds.frames, audio_bytes=self._sounds.octets)
        if self._picture is None or (viewer := self._picture.viewer) is None:
            return sent
        return replace(
            sent,
            video_codec=viewer.feed.codec,
            video_frames=self._picture.stream.frames,
            video_bytes=self._picture.stream.octets,
            video_dropped=viewer.feed.dropped,
            video_loss=viewer.loss,
            round_trip=viewer.round_trip,
            keyframes_wanted=viewer.keyframes_wanted,
        )

    def talk(self) -> Voice:
        """Open the sound device, or join it; what the phone says is played from now on."""
        if self._voice is None:
            receiver = self._sound_receiver
            voice = self.devices.enter_context(
                self._audio.talk(receiver.make_decoder, self._on_failure)
            )
            voice.preferences = self._preferences
            receiver.take = voice.play
            self.received.sound = voice.playout.played
            self._voice = voice
        return self._voice

    def negotiated(self, answer: Answer, transport: RtpTransport) -> None:
        """Have the ways for what was agreed."""
        sound, picture = answer.media
        self._preferences = answer.opus
        if self._voice is not None:
            self._voice.preferences = answer.opus
        self._negotiate_sound(sound, transport)
        self._negotiate_picture(picture, transport)

    def send(self) -> None:
        """Open the devices, and send what they give once the phone is connected."""
        voice = self.talk()
        if self._sounds is not None:
            self._sounds.begin(guarded(voice.begin, self._on_failure))
        if self._picture is not None and self._codec is not None:
            watching = self._camera.watch(self._codec, self._on_failure)
            self._picture.begin(self.devices.enter_context(watching), self._on_failure)

    def connected(self) -> None:
        """Take note that what is sent arrives from now on."""
        if self._sounds is not None:
            self._sounds.open()
        if self._picture is not None:
            self._picture.stream.open()

    async def decode(self) -> None:
        """Have the phone's pictures decoded, until cancelled."""
        if self._picture_receiver:
            await self._picture_receiver.run()

    def target_estimated(self, bits_per_second: int) -> None:
        """Let the picture have the bitrate that the path bears."""
        if self._picture is not None and self._picture.viewer is not None:
            self._picture.viewer.target_estimated(bits_per_second - SOUND_BITRATE)

    def _negotiate_sound(self, media: NegotiatedMedia, transport: RtpTransport) -> None:
        session = transport.session
        if media.receives:
            session.add_receiver(_receive_parameters(media), self._sound_receiver.receive)
        if media.sends:
            listener = _SoundListener(self._sound_lost)
            sender = session.add_sender(_send_parameters(media, SAMPLE_RATE), listener)
            self._sounds = OutboundStream(
                sender,
                transport.send_now,
                CaptureTime(SAMPLE_RATE, SOUND_LATENCY),
                begins_talkspurt=attrgetter("begins_talkspurt"),
            )

    def _negotiate_picture(self, media: NegotiatedMedia, transport: RtpTransport) -> None:
        session = transport.session
        if media.receives and (receiver := self._picture_receiver):
            parameters = _receive_parameters(media)
            receiver.codecs = {
                int(codec.payload_type): "h264" if codec.name == "h264/90000" else "vp8"
                for codec in media.codecs
                if not codec.name.startswith("rtx/")
            }
            rtp = session.add_receiver(parameters, receiver.receive)
            receiver.request_keyframe = rtp.request_keyframe
        self._codec = media.picture_codec
        if self._codec is None:
            log.warning("The phone takes no picture of ours: the call goes on with sound alone.")
            return
        self._picture = OutboundPicture(
            transport,
            _send_parameters(media, CLOCK_RATE),
            limits_delay=PLAYOUT_DELAY in media.extensions,
        )

    def _sound_lost(self, fraction: float) -> None:
        if self._voice is not None:
            self._voice.loss_reported(fraction)

    def _see(self, width: int, height: int) -> None:
        self.received.video_frames += 1
        self.received.video_width, self.received.video_height = width, height


class _SoundListener:
    """Hears what is reported of the sound: but for losses there is nothing to be done better."""

    def __init__(self, lost: Callable[[float], None]) -> None:
        self._lost = lost

    def keyframe_wanted(self) -> None:
        """See SenderListener."""

    def bitrate_estimated(self, bits_per_second: int) -> None:
        """See SenderListener."""

    def path_reported(
        self,
        fraction: float,
        round_trip: float | None,  # noqa: ARG002 - see SenderListener
        jitter: float,  # noqa: ARG002
    ) -> None:
        """See SenderListener."""
        self._lost(fraction)

    def retransmit(self, packets: Sequence[OutboundPacket]) -> None:
        """See SenderListener."""


def _send_parameters(media: NegotiatedMedia, clock_rate: int) -> SendParameters:
    codec, *others = media.codecs
    rtx = next((each for each in others if each.parameters.get("apt") == codec.payload_type), None)
    ssrc = media.offered.rtx_ssrc
    return SendParameters(
        media.offered.kind,
        media.offered.mid,
        media.offered.ssrc,
        int(codec.payload_type),
        clock_rate,
        Rtx(int(rtx.payload_type), ssrc) if rtx and ssrc is not None else None,
        nack="nack" in codec.feedback,
    )


def _receive_parameters(media: NegotiatedMedia) -> ReceiveParameters:
    codecs = {
        int(codec.payload_type): ReceivedCodec(
            int(codec.name.rpartition("/")[2]),
            int(codec.parameters["apt"]) if codec.name.startswith("rtx/") else None,
        )
        for codec in media.codecs
    }
    feedback = frozenset[str]().union(*(codec.feedback for codec in media.codecs))
    return ReceiveParameters(
        media.offered.kind,
        media.offered.mid,
        codecs,
        media.ssrcs,
        nack="nack" in feedback,
        pli="nack pli" in feedback,
    )
