"""What the real aiortc lets through of a receiver's RTCP, heard beside what aiortc does with it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import av
import pytest
import pytest_asyncio
from aiortc import MediaStreamTrack, RTCPeerConnection, RTCRtpSender
from aiortc.rtp import (
    AnyRtcpPacket,
    RtcpPsfbPacket,
    RtcpReceiverInfo,
    RtcpRrPacket,
    RtcpRtpfbPacket,
    RtcpSenderInfo,
    RtcpSrPacket,
    RtpPacket,
    pack_remb_fci,
)

from homecall_appliance.media.webrtc.codec_preferences import prefer_h264, sent_codec
from homecall_appliance.media.webrtc.rtcp_feedback import (
    BURST,
    SHARE,
    SoundListener,
    limit_retransmission,
    listen,
)
from tests.support.connection import negotiate, two_connections, until

pytestmark = pytest.mark.slow

RATE = 25
PLI, FIR, REMB = 1, 4, 15
FOREIGN = 0x12345678


def h264() -> list[bytes]:
    """One second of pictures, which begins with a key frame."""
    encoder = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt = 320, 180, "yuv420p"
    encoder.framerate, encoder.time_base = Fraction(RATE), Fraction(1, RATE)
    encoder.profile = "Baseline"
    encoder.options = {"preset": "ultrafast", "tune": "zerolatency"}
    packets = []
    for number in range(RATE):
        frame = av.VideoFrame(320, 180, "yuv420p")
        for plane in frame.planes:
            plane.update(bytes([number * 5]) * plane.buffer_size)
        frame.pts = number
        packets += [bytes(packet) for packet in encoder.encode(frame)]
    return packets


class Pictures(MediaStreamTrack):
    """Gives H.264 packets, again and again."""

    kind = "video"

    def __init__(self) -> None:
        super().__init__()
        self._packets = h264()
        self._number = 0

    async def recv(self) -> "av.Packet[Any]":
        await asyncio.sleep(1 / RATE)
        packet = av.Packet(self._packets[self._number % len(self._packets)])
        packet.pts, packet.time_base = self._number, Fraction(1, RATE)
        self._number += 1
        return packet


@dataclass
class Heard:
    """A listener that notes what it hears."""

    keyframes: int = 0
    bitrates: list[int] = field(default_factory=list)
    losses: list[tuple[float, float | None]] = field(default_factory=list)
    jitters: list[float] = field(default_factory=list)
    raises: Exception | None = None

    def keyframe_wanted(self) -> None:
        self.keyframes += 1
        if self.raises:
            raise self.raises

    def bitrate_estimated(self, bits_per_second: int) -> None:
        self.bitrates.append(bits_per_second)

    def path_reported(self, fraction: float, round_trip: float | None, jitter: float) -> None:
        self.losses.append((fraction, round_trip))
        self.jitters.append(jitter)


@dataclass
class World:
    """The appliance's connection and sender, and the phone's side of it."""

    ours: RTCPeerConnection
    theirs: RTCPeerConnection
    sender: RTCRtpSender
    heard: Heard
    ssrc: int
    """That of the pictures."""

    got: list[RtpPacket]
    """What arrived at the phone."""

    failures: list[Exception]

    async def report(self, *packets: AnyRtcpPacket | bytes) -> None:
        """Send RTCP from the phone, in datagrams of their own."""
        for packet in packets:
            await self.theirs.getReceivers()[0].transport._send_rtp(bytes(packet))

    def again(self, sequence_number: int) -> list[bytes]:
        """What arrived of a packet that was sent again (RFC 4588, section 4)."""
        number = sequence_number.to_bytes(2, "big")
        return [
            packet.payload[2:]
            for packet in self.got
            if packet.ssrc != self.ssrc and packet.payload[:2] == number
        ]

    async def pass_by(self) -> None:
        """Wait until everything that was sent has been heard: a PLI comes after it."""
        before = self.heard.keyframes
        await self.report(RtcpPsfbPacket(PLI, ssrc=1, media_ssrc=self.ssrc))
        await until(lambda: self.heard.keyframes > before)


@pytest_asyncio.fixture
async def world() -> AsyncIterator[World]:
    """A picture that is sent, and heard about."""
    async with two_connections() as (ours, theirs):
        transceiver = ours.addTransceiver(Pictures(), direction="sendonly")
        prefer_h264(transceiver)
        got = await negotiate(ours, theirs)
        assert sent_codec(ours) == "h264"
        heard = Heard()
        failures: list[Exception] = []
        listen(transceiver.sender, heard, failures.append)
        await until(lambda: got)
        yield World(ours, theirs, transceiver.sender, heard, got[0].ssrc, got, failures)


def report_block(ssrc: int, fraction_lost: int, jitter: int = 0) -> RtcpReceiverInfo:
    return RtcpReceiverInfo(
        ssrc, fraction_lost, packets_lost=0, highest_sequence=0, jitter=jitter, lsr=0, dlsr=0
    )


def fir(*ssrcs: int, media_ssrc: int = 0) -> RtcpPsfbPacket:
    entries = b"".join(ssrc.to_bytes(4, "big") + b"\1\0\0\0" for ssrc in ssrcs)
    return RtcpPsfbPacket(FIR, ssrc=1, media_ssrc=media_ssrc, fci=entries)


def remb(bitrate: int, *ssrcs: int, media_ssrc: int = 0) -> RtcpPsfbPacket:
    return RtcpPsfbPacket(REMB, 1, media_ssrc, fci=pack_remb_fci(bitrate, list(ssrcs)))


async def test_the_phone_asks_for_a_key_frame(world: World) -> None:
    await world.theirs.getReceivers()[0]._send_rtcp_pli(world.ssrc)
    await until(lambda: world.heard.keyframes == 1)


@pytest.mark.parametrize("others", [(), (FOREIGN,)])
async def test_a_full_intra_request_names_the_picture_in_an_entry(
    world: World, others: tuple[int, ...]
) -> None:
    await world.report(fir(*others, world.ssrc))
    await until(lambda: world.heard.keyframes == 1)


async def test_a_full_intra_request_is_heard_once_whatever_its_media_source(world: World) -> None:
    await world.report(fir(world.ssrc, media_ssrc=world.ssrc))
    await world.pass_by()
    assert world.heard.keyframes == 2


async def test_the_phone_estimates_a_bitrate(world: World) -> None:
    await world.report(remb(123456, FOREIGN, world.ssrc), remb(0, world.ssrc))
    await until(lambda: {123456, 0} <= set(world.heard.bitrates))


async def test_the_phone_itself_reports_and_the_round_trip_is_known_in_the_end(
    world: World,
) -> None:
    await until(lambda: world.heard.losses and world.heard.losses[-1][1] is not None)
    fraction, round_trip = world.heard.losses[-1]
    assert fraction == 0
    assert round_trip == pytest.approx(0, abs=1)


async def test_losses_are_in_the_reports_of_a_receiver_and_of_a_sender(world: World) -> None:
    blocks = [report_block(FOREIGN, 200), report_block(world.ssrc, 64)]
    await world.report(RtcpRrPacket(ssrc=1, reports=blocks))
    await until(lambda: [fraction for fraction, _ in world.heard.losses if fraction] == [0.25])
    blocks = [report_block(world.ssrc, 128)]
    await world.report(RtcpSrPacket(1, RtcpSenderInfo(0, 0, 0, 0), blocks))
    await until(lambda: [fraction for fraction, _ in world.heard.losses if fraction] == [0.25, 0.5])


async def test_the_jitter_of_a_report_is_told_in_seconds(world: World) -> None:
    blocks = [report_block(FOREIGN, 0, 90_000), report_block(world.ssrc, 0, 4500)]
    await world.report(RtcpRrPacket(ssrc=1, reports=blocks))
    await until(lambda: 0.05 in world.heard.jitters)
    assert 1.0 not in world.heard.jitters


async def test_of_the_sound_losses_alone_are_told(world: World) -> None:
    losses: list[float] = []
    listen(world.sender, SoundListener(losses.append))
    await world.report(
        RtcpRrPacket(ssrc=1, reports=[report_block(world.ssrc, 64), report_block(FOREIGN, 128)]),
        remb(700_000, world.ssrc),
    )
    await world.pass_by()
    assert losses == [0.25]


async def test_what_concerns_another_picture_is_not_heard(world: World) -> None:
    await world.report(
        RtcpPsfbPacket(PLI, ssrc=1, media_ssrc=FOREIGN),
        RtcpPsfbPacket(PLI, ssrc=world.ssrc, media_ssrc=0),
        fir(FOREIGN),
        fir(FOREIGN, media_ssrc=world.ssrc),
        remb(123456, FOREIGN),
        remb(123456, FOREIGN, media_ssrc=world.ssrc),
        RtcpRrPacket(ssrc=world.ssrc, reports=[report_block(FOREIGN, 64)]),
    )
    await world.pass_by()
    assert world.heard.keyframes == 1
    assert 123456 not in world.heard.bitrates
    assert 0.25 not in [fraction for fraction, _ in world.heard.losses]


@pytest.mark.parametrize("to_us", [False, True])
@pytest.mark.parametrize(
    ("fmt", "fci"),
    [
        (REMB, b""),
        (REMB, b"REMB"),
        (REMB, b"REMB\x01\x04\x00\x00"),
        (REMB, b"REMB\xff\x04\x00\x00\x00\x00\x00\x01"),
        (REMB, b"BREM\x00\x04\x00\x00"),
        (FIR, b""),
        (FIR, b"\x00\x00\x00\x01"),
        (FIR, bytes(12)),
        (PLI, b"\x01\x02\x03\x04"),
        (31, bytes(64)),
    ],
)
async def test_what_is_malformed_ends_nothing(
    world: World, fmt: int, fci: bytes, to_us: bool
) -> None:
    malformed = RtcpPsfbPacket(fmt, ssrc=1, media_ssrc=world.ssrc * to_us, fci=fci)
    await world.report(malformed, bytes(malformed)[:-1])
    await world.pass_by()
    assert world.ours.connectionState == "connected"


async def test_what_is_lost_is_still_sent_again(world: World) -> None:
    wanted = world.got[0]
    await world.report(RtcpRtpfbPacket(1, 1, world.ssrc, lost=[wanted.sequence_number]))
    await until(lambda: world.again(wanted.sequence_number) == [wanted.payload])


async def test_what_is_sent_again_is_a_share_of_what_was_sent(world: World) -> None:
    given_up: list[float] = []
    limit_retransmission(world.sender, lambda: given_up.append(0))
    first = world.got[0].sequence_number
    for _ in range(3 * BURST):
        await world.report(RtcpRtpfbPacket(1, 1, world.ssrc, lost=[first]))
    await world.pass_by()
    await until(lambda: len(world.again(first)) == BURST)
    assert BURST <= len(given_up) <= 2 * BURST
    fresh = len(world.got) - BURST
    await until(lambda: len(world.got) - BURST >= fresh + 5 * SHARE)
    for _ in range(3 * BURST):
        await world.report(RtcpRtpfbPacket(1, 1, world.ssrc, lost=[first]))
    await world.pass_by()
    await until(lambda: len(world.again(first)) >= BURST + 5)
    await world.pass_by()
    assert len(world.again(first)) <= BURST + len(world.got) / SHARE


async def test_aiortc_keeps_its_own_statistics(world: World) -> None:
    await world.report(RtcpRrPacket(ssrc=1, reports=[report_block(world.ssrc, 64)]))
    await until(lambda: 0.25 in [fraction for fraction, _ in world.heard.losses])
    stats = await world.sender.getStats()
    assert "remote-inbound-rtp" in {each.type for each in stats.values()}


async def test_what_a_listener_raises_is_told_and_does_not_reach_aiortc(world: World) -> None:
    world.heard.raises = RuntimeError("The encoder is gone.")
    await world.pass_by()
    assert world.failures == [world.heard.raises]
    world.heard.raises = None
    await world.pass_by()
    arrived = len(world.got)
    await until(lambda: len(world.got) > arrived)
    assert world.ours.connectionState == "connected"
