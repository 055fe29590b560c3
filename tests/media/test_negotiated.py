"""The codec that the real aiortc agrees on with an answer, and what it sends then.

`answers/` has what Chromium 156 and Firefox 153 (without OpenH264) answered to our offers, without
the candidates: `-rejected` is from a phone that had no codec in common with us.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from aiortc import (
    MediaStreamTrack,
    RTCConfiguration,
    RTCPeerConnection,
    RTCRtpCodecCapability,
    RTCSessionDescription,
)
from aiortc.exceptions import OperationError
from aiortc.mediastreams import AudioStreamTrack, VideoStreamTrack
from aiortc.rtp import RtpPacket
from aiortc.sdp import SessionDescription
from av import AudioFrame

from homecall_appliance.media.negotiated import (
    H264,
    RTX,
    VP8,
    acceptable,
    prefer_h264,
    sent_codec,
    with_start_bitrate,
)
from homecall_appliance.media.video.picture import Codec

ANSWERS = Path(__file__).parent / "answers"


def browser(name: str) -> str:
    """What a browser answered."""
    return (ANSWERS / f"{name}.sdp").read_text().replace("\n", "\r\n")


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


@pytest.mark.parametrize(
    ("answer", "codec"),
    [
        (browser("chromium-both"), "h264"),
        (browser("chromium-h264"), "h264"),
        (browser("chromium-vp8"), "vp8"),
        (browser("chromium-watches"), "h264"),
        (browser("chromium-watches").replace("a=recvonly", "a=sendonly"), None),
        (browser("chromium-inactive"), None),
        (browser("chromium-rejected"), None),
        (browser("chromium-both").replace("packetization-mode=1", "packetization-mode=0"), "vp8"),
        (browser("chromium-both").replace("=42e01f", "=640c1f"), "vp8"),
        (browser("chromium-both").replace("SAVPF 101 102 97 98", "SAVPF 97 98 101 102"), "h264"),
        (browser("firefox-vp8"), "vp8"),
        (browser("firefox-inactive"), None),
        (browser("firefox-rejected"), None),
    ],
)
async def test_a_browser_answers(
    connection: RTCPeerConnection, answer: str, codec: Codec | None
) -> None:
    await take(connection, acceptable(answer))
    assert sent_codec(connection) == codec


@pytest.mark.parametrize("name", [path.stem for path in sorted(ANSWERS.glob("*[!d].sdp"))])
def test_an_answer_without_a_rejection_stays_as_it_is(name: str) -> None:
    assert acceptable(browser(name)) == browser(name)


@pytest.mark.parametrize("name", ["chromium-rejected", "firefox-rejected"])
async def test_aiortc_cannot_be_told_of_a_rejection(
    connection: RTCPeerConnection, name: str
) -> None:
    with pytest.raises((OperationError, ValueError)):
        await take(connection, browser(name))


def test_where_everything_is_rejected_nothing_can_be_made_of_it() -> None:
    answer = browser("firefox-rejected").replace("m=audio 9", "m=audio 0")
    assert acceptable(answer) == answer


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


@pytest.mark.parametrize("name", ["chromium-rejected", "firefox-rejected"])
async def test_a_call_whose_picture_is_rejected_has_its_sound(
    connection: RTCPeerConnection, phone: Phone, name: str
) -> None:
    sound = (await phone.answer(connection.localDescription)).partition("m=video")[0]
    rejected = "m=video" + browser(name).partition("m=video")[2]
    await take(connection, acceptable(sound.replace("BUNDLE 0 1", "BUNDLE 0") + rejected))
    assert sent_codec(connection) is None
    async with asyncio.timeout(10):
        assert isinstance(await phone.tracks["audio"].recv(), AudioFrame)
    assert connection.connectionState == "connected"
