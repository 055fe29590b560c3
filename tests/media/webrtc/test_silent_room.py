"""What a phone gets of a silent room, and what its reports lead to, with the real aiortc."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from itertools import pairwise
from typing import Any

import pytest
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.rtp import RtcpReceiverInfo, RtcpRrPacket, RtpPacket

from homecall_appliance.media.audio.echo.off import Off
from homecall_appliance.media.audio.shared_audio import SharedAudio
from homecall_appliance.media.audio.silence import Silence
from homecall_appliance.media.ports import BLOCK_SAMPLES
from homecall_appliance.media.video.shared_camera import SharedCamera
from homecall_appliance.media.webrtc.ice_options import IceOptions
from homecall_appliance.media.webrtc.peer import Peer
from tests.support.call_world import TEST_PATTERN
from tests.support.connection import tap, until

pytestmark = [pytest.mark.slow, pytest.mark.apt]

LONGEST_PAUSE = 21
"""Blocks from one packet to the next: 400 ms are left out."""


@asynccontextmanager
async def called(fmtp: str = "") -> AsyncIterator[tuple[Peer, RTCPeerConnection, list[RtpPacket]]]:
    """A call in a silent room, and what of its sound comes to the phone, whose answer says `fmtp`
    of Opus."""
    audio = SharedAudio(Silence(), Off(), volume=80)
    running = asyncio.create_task(audio.run())
    phone = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    got: list[RtpPacket] = []
    async with Peer(SharedCamera(TEST_PATTERN), audio, IceOptions(), lambda _: None) as peer:
        await phone.setRemoteDescription(RTCSessionDescription(await peer.offer(), "offer"))
        await phone.setLocalDescription(await phone.createAnswer())
        [sound] = [each for each in phone.getReceivers() if each.track.kind == "audio"]
        tap(sound, got)
        peer.open_devices()
        rtpmap = "a=rtpmap:96 opus/48000/2\r\n"
        answer = phone.localDescription.sdp
        assert rtpmap in answer
        await peer.accept(answer.replace(rtpmap, f"{rtpmap}a=fmtp:96 {fmtp}\r\n"))
        await until(lambda: got)
        yield peer, phone, got
    await phone.close()
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


def steps(values: list[int], bits: int) -> list[int]:
    return [(after - before) % (1 << bits) for before, after in pairwise(values)]


async def test_a_silence_is_left_out_and_no_number_is() -> None:
    async with called() as (_, _, got):
        await until(lambda: len(got) >= 22)
    assert set(steps([packet.sequence_number for packet in got], 16)) == {1}
    gaps = steps([packet.timestamp for packet in got], 32)
    assert BLOCK_SAMPLES in gaps
    assert max(gaps) == (LONGEST_PAUSE - 1) * BLOCK_SAMPLES
    assert [packet.marker for packet in got[1:]] == [gap > BLOCK_SAMPLES for gap in gaps]


async def test_a_phone_that_wants_no_pauses_gets_none() -> None:
    async with called("usedtx=0") as (_, _, got):
        await until(lambda: len(got) >= 60)
    assert set(steps([packet.timestamp for packet in got], 32)) == {BLOCK_SAMPLES}
    assert not any(packet.marker for packet in got[1:])


async def test_what_a_phone_reports_lost_is_sent_with_copies() -> None:
    def voice(peer: Peer) -> Any:
        return peer._media._voice

    async with called("useinbandfec=1") as (peer, phone, got):
        assert voice(peer).wanted_settings.expected_loss == 0
        block = RtcpReceiverInfo(
            got[0].ssrc, 64, packets_lost=0, highest_sequence=0, jitter=0, lsr=0, dlsr=0
        )
        report = RtcpRrPacket(ssrc=1, reports=[block])
        await phone.getReceivers()[0].transport._send_rtp(bytes(report))
        await until(lambda: voice(peer).wanted_settings.expected_loss > 0)
