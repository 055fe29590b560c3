"""What the real aiortc offers, and what it sends then."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
import pytest_asyncio
from aiortc import (
    MediaStreamTrack,
    RTCConfiguration,
    RTCPeerConnection,
    RTCRtpCodecCapability,
    RTCSessionDescription,
)
from aiortc.mediastreams import AudioStreamTrack, VideoStreamTrack
from aiortc.rtp import RtpPacket
from aiortc.sdp import SessionDescription

from homecall_appliance.media.video.picture import Codec
from homecall_appliance.media.webrtc.aiortc_compat import H264, RTX, VP8
from homecall_appliance.media.webrtc.codec_preferences import (
    prefer_h264,
    sent_codec,
    with_start_bitrate,
)


@asynccontextmanager
async def peer() -> AsyncIterator[RTCPeerConnection]:
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    try:
        yield connection
    finally:
        await connection.close()


@pytest_asyncio.fixture
async def connection() -> AsyncIterator[RTCPeerConnection]:
    """Our side, which has made its offer."""
    async with peer() as connection:
        connection.addTransceiver(AudioStreamTrack())
        prefer_h264(connection.addTransceiver(VideoStreamTrack()))
        await connection.setLocalDescription(await connection.createOffer())
        yield connection


async def take(connection: RTCPeerConnection, answer: str) -> None:
    await connection.setRemoteDescription(RTCSessionDescription(answer, "answer"))


async def test_the_offer_prefers_h264_and_keeps_retransmission(
    connection: RTCPeerConnection,
) -> None:
    video = SessionDescription.parse(connection.localDescription.sdp).media[1].rtp.codecs
    assert [codec.name for codec in video] == ["H264", "rtx", "VP8", "rtx"]
    assert video[0].parameters["profile-level-id"] == "42e01f"
    assert video[0].parameters["packetization-mode"] == "1"
    assert video[1].parameters == {"apt": video[0].payloadType}
    assert video[3].parameters == {"apt": video[2].payloadType}


def test_the_offer_tells_a_phone_what_bitrate_to_begin_with(connection: RTCPeerConnection) -> None:
    plain = connection.localDescription.sdp
    section = SessionDescription.parse(with_start_bitrate(plain)).media[1]
    others = SessionDescription.parse(plain).media[1].rtp.codecs
    for codec, other in zip(section.rtp.codecs, others, strict=True):
        own = {} if codec.name == "rtx" else {"x-google-start-bitrate": "1000"}
        assert codec.parameters == {**other.parameters, **own}


async def test_before_the_answer_nothing_is_sent(connection: RTCPeerConnection) -> None:
    assert sent_codec(connection) is None


@dataclass
class Phone:
    """Another aiortc, which answers in its own way."""

    connection: RTCPeerConnection
    tracks: dict[str, MediaStreamTrack]
    """What it receives, by its kind."""

    async def answer(self, offer: RTCSessionDescription) -> str:
        await self.connection.setRemoteDescription(offer)
        await self.connection.setLocalDescription(await self.connection.createAnswer())
        return self.connection.localDescription.sdp


@pytest_asyncio.fixture
async def phone() -> AsyncIterator[Phone]:
    async with peer() as connection:
        phone = Phone(connection, {})
        connection.add_listener("track", lambda track: phone.tracks.update({track.kind: track}))
        for kind in ("audio", "video"):
            connection.addTransceiver(kind, direction="recvonly")
        yield phone


@pytest.mark.parametrize(
    ("known", "codec"), [([VP8, H264, RTX], "h264"), ([H264], "h264"), ([VP8, RTX], "vp8")]
)
async def test_what_is_said_is_what_is_sent(
    connection: RTCPeerConnection,
    phone: Phone,
    known: list[RTCRtpCodecCapability],
    codec: Codec,
) -> None:
    phone.connection.getTransceivers()[1].setCodecPreferences(known)
    await take(connection, await phone.answer(connection.localDescription))
    assert sent_codec(connection) == codec
    arrived: list[RtpPacket] = []

    async def note(packet: RtpPacket, arrival_time_ms: int) -> None:
        arrived.append(packet)

    receiver = phone.connection.getReceivers()[1]
    receiver._handle_rtp_packet = note  # type: ignore[method-assign]
    async with asyncio.timeout(10):
        while not arrived:  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.01)
    answered = SessionDescription.parse(connection.remoteDescription.sdp).media[1].rtp.codecs
    names = {each.payloadType: each.name.lower() for each in answered}
    assert names[arrived[0].payload_type] == codec
