"""Frames that reach the real aiortc at the other end, past its own loop at this one."""

import asyncio
import errno
import os
import socket
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, cast

import pytest
import pytest_asyncio
from aiortc import RTCDtlsTransport, RTCPeerConnection, RTCRtpSender, rtp
from aiortc.rtp import RtcpRtpfbPacket, RtpPacket
from hypothesis import given
from hypothesis import strategies as st

from homecall_appliance.media.video.picture import CLOCK_RATE
from homecall_appliance.media.webrtc.codec_preferences import prefer_h264
from homecall_appliance.media.webrtc.outbound import QUEUE, Delivery, Take
from homecall_appliance.media.webrtc.rtp_sender import (
    HISTORY,
    SEGMENTS,
    Wire,
    bursts,
    send_burst,
)
from tests.support.connection import negotiate, two_connections, until
from tests.support.process import sockets


@dataclass(frozen=True)
class Frame:
    """Something that is sent: an access unit with one NAL unit for each payload."""

    payloads: Sequence[bytes]
    timestamp: int

    @property
    def data(self) -> bytes:
        return b"".join(b"\0\0\0\1" + payload for payload in self.payloads)


def frame(number: int, *sizes: int) -> Frame:
    return Frame([bytes([1, number % 255 + 1]) * (size // 2) for size in sizes], 3000 * number)


class World:
    """Ours and theirs, a sender of ours, and what arrived."""

    def __init__(self, ours: RTCPeerConnection, theirs: RTCPeerConnection) -> None:
        self.ours, self.theirs = ours, theirs
        self.takes: list[Take[Frame]] = []
        self.got: list[RtpPacket] = []
        transceiver = ours.addTransceiver("video", direction="sendonly")
        prefer_h264(transceiver)
        self.sender: RTCRtpSender = transceiver.sender

    async def connect(self, wire: Wire, **options: Any) -> Delivery[Frame]:
        delivery = Delivery[Frame](self.sender, wire, CLOCK_RATE, **options)
        delivery.begin(self.takes.append)
        await until(lambda: self.takes)
        return delivery

    def send(self, sent: Frame) -> bool:
        [take] = self.takes
        return take(sent)

    async def report(self, packet: RtcpRtpfbPacket) -> None:
        await self.theirs.getReceivers()[0].transport._send_rtp(bytes(packet))

    async def arrived(self, count: int) -> list[RtpPacket]:
        await until(lambda: len(self.got) >= count)
        assert len(self.got) == count
        return self.got


@pytest_asyncio.fixture
async def negotiated() -> AsyncIterator[World]:
    """A sender that has nothing to send yet."""
    async with two_connections() as (ours, theirs):
        world = World(ours, theirs)
        world.got = await negotiate(ours, theirs)
        yield world


@pytest_asyncio.fixture
async def world(negotiated: World) -> AsyncIterator[World]:
    """A sender that can send."""
    with Wire(negotiated.sender.transport) as wire:
        await negotiated.connect(wire)
        yield negotiated


async def test_a_frame_arrives_with_all_that_a_receiver_needs(world: World) -> None:
    first, second = frame(0, 900, 900, 900, 200), frame(1, 100)
    assert world.send(first)
    assert world.send(second)
    packets = await world.arrived(5)
    assert [packet.payload for packet in packets] == [*first.payloads, *second.payloads]
    assert [packet.marker for packet in packets] == [0, 0, 0, 1, 1]
    begin = packets[0]
    assert [packet.sequence_number - begin.sequence_number for packet in packets] == [*range(5)]
    assert {(packet.timestamp - begin.timestamp) & 0xFFFFFFFF for packet in packets} == {0, 3000}
    assert {packet.ssrc for packet in packets} == {world.sender._ssrc}
    assert all(packet.extensions.abs_send_time is not None for packet in packets)


async def test_packets_have_a_further_extension_beside_those_of_aiortc(
    negotiated: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers: list[dict[int, bytes]] = []
    unpack = rtp.unpack_header_extensions

    def note(profile: int, value: bytes) -> list[tuple[int, bytes]]:
        headers.append(dict(read := unpack(profile, value)))
        return read

    monkeypatch.setattr(rtp, "unpack_header_extensions", note)
    elements = iter([b"\xe2abc", b"\xe2def"])
    with Wire(negotiated.sender.transport) as wire:
        await negotiated.connect(wire, extension=lambda: next(elements))
        negotiated.send(frame(0, 100, 100))
        negotiated.send(frame(1, 100))
        packets = await negotiated.arrived(3)
    assert [header[14] for header in headers] == [b"abc", b"abc", b"def"]
    assert all(packet.extensions.abs_send_time is not None for packet in packets)


async def test_of_sound_only_what_begins_a_talkspurt_has_the_marker(negotiated: World) -> None:
    with Wire(negotiated.sender.transport) as wire:
        await negotiated.connect(wire, marked=lambda sent: sent.timestamp == 6000)
        for number in range(4):
            assert negotiated.send(frame(number, 100))
        packets = await negotiated.arrived(4)
    assert [packet.marker for packet in packets] == [0, 0, 1, 0]


async def test_a_large_key_frame_arrives_whole(world: World) -> None:
    large = frame(0, *[1200] * (3 * SEGMENTS), 10)
    assert world.send(large)
    assert [each.payload for each in await world.arrived(3 * SEGMENTS + 1)] == large.payloads


async def test_what_is_lost_is_sent_again(world: World) -> None:
    world.send(frame(0, 1000, 1000, 100))
    lost = (await world.arrived(3))[1]
    never_sent = (lost.sequence_number + 1000) % 65536
    nack = RtcpRtpfbPacket(1, 1, lost.ssrc, lost=[lost.sequence_number, never_sent])
    await world.report(nack)
    await until(lambda: len(world.got) >= 4)
    again = world.got[3]
    assert again.ssrc != lost.ssrc
    assert (again.timestamp, again.marker) == (lost.timestamp, lost.marker)
    assert again.payload == lost.sequence_number.to_bytes(2, "big") + lost.payload


async def test_what_was_sent_too_long_ago_is_not_sent_again(world: World) -> None:
    for number in range(HISTORY + 1):
        world.send(frame(number, 100))
    packets = await world.arrived(HISTORY + 1)
    oldest, next_one = packets[0], packets[1]
    await world.report(RtcpRtpfbPacket(1, 1, oldest.ssrc, lost=[oldest.sequence_number]))
    await world.report(RtcpRtpfbPacket(1, 1, oldest.ssrc, lost=[next_one.sequence_number]))
    again = (await world.arrived(HISTORY + 2))[-1]
    assert again.payload[2:] == next_one.payload


async def test_aiortc_reports_what_was_sent(world: World) -> None:
    world.send(frame(0, 1000, 1000, 100))
    await world.arrived(3)
    stats = (await world.sender.getStats()).values()
    [outbound] = [each for each in stats if each.type == "outbound-rtp"]
    [transport] = [each for each in stats if each.type == "transport"]
    assert (outbound.packetsSent, outbound.bytesSent) == (3, 2100)
    assert transport.bytesSent > 2100
    reported = world.theirs.getReceivers()[0]

    async def heard() -> bool:
        return "remote-outbound-rtp" in {each.type for each in (await reported.getStats()).values()}

    async with asyncio.timeout(5):
        while not await heard():  # noqa: ASYNC110 - a sender report comes every second
            await asyncio.sleep(0.1)


async def test_a_relay_has_no_socket_of_its_own(world: World) -> None:
    [pair] = world.sender.transport.transport._connection._nominated.values()

    class Relay:
        """Like aioice's transport of a TURN allocation."""

        def __init__(self, transport: asyncio.DatagramTransport) -> None:
            self.sendto, self.close = transport.sendto, transport.close

        def get_extra_info(self, name: str) -> None:
            """It tells its addresses alone."""

    pair.protocol.transport = cast("asyncio.DatagramTransport", Relay(pair.protocol.transport))
    sent = frame(0, 1000, 1000, 100)
    assert world.send(sent)
    assert [each.payload for each in await world.arrived(3)] == sent.payloads


async def test_after_the_end_nothing_is_sent_and_no_socket_is_left(negotiated: World) -> None:
    before = sockets()
    with Wire(negotiated.sender.transport) as wire:
        await negotiated.connect(wire)
        negotiated.send(frame(0, 100))
        await negotiated.arrived(1)
        assert len(sockets()) == len(before) + 1
    assert sockets() == before
    await negotiated.ours.close()
    assert negotiated.send(frame(1, 100))


async def test_a_wire_that_was_left_before_its_first_packet_opens_no_socket(
    negotiated: World,
) -> None:
    before = sockets()
    with Wire(negotiated.sender.transport) as wire:
        await negotiated.connect(wire)
    assert negotiated.send(frame(0, 100))
    assert sockets() == before


def test_a_wire_asks_nothing_of_a_transport_before_it_sends() -> None:
    with Wire(cast("RTCDtlsTransport", object())):
        pass


async def test_an_aiortc_that_is_not_known_sends_by_itself(
    negotiated: World, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(RTCRtpSender, "_retransmit", sent_with_more_arguments)
    with Wire(negotiated.sender.transport) as wire:
        delivery = await negotiated.connect(wire)
        assert "aiortc" in caplog.text
        assert "is not known here" in caplog.text
        sent = [frame(number, 100) for number in range(3)]
        assert all(negotiated.send(each) for each in sent)
        packets = await negotiated.arrived(3)
        assert [packet.payload for packet in packets] == [each.payloads[0] for each in sent]
        assert delivery.frames == 3
        several = [negotiated.send(frame(number, 100)) for number in range(QUEUE + 1)]
        assert several == [True] * QUEUE + [False]


async def sent_with_more_arguments(
    self: RTCRtpSender, sequence_number: int, attempt: int
) -> None: ...


class Socket(socket.socket):
    """One whose system does not want what it is given."""

    def __init__(self, refused: int, *, together_only: bool) -> None:
        super().__init__(socket.AF_INET, socket.SOCK_DGRAM)
        self.sent: list[bytes] = []
        self._refused, self._together_only = refused, together_only

    def sendmsg(self, buffers, ancillary=(), flags=0, address=None, /):  # type: ignore[no-untyped-def]
        if ancillary or not self._together_only:
            raise OSError(self._refused, os.strerror(self._refused))
        self.sent += buffers


@pytest.mark.parametrize("error", [errno.EIO, errno.EINVAL, errno.EMSGSIZE, errno.ENOPROTOOPT])
def test_where_packets_cannot_go_together_they_go_one_by_one(error: int) -> None:
    with Socket(error, together_only=True) as way:
        assert send_burst(way, [b"ab", b"cd", b"e"], ("192.0.2.1", 9))
        assert way.sent == [b"ab", b"cd", b"e"]


@pytest.mark.parametrize(
    ("error", "room"),
    [(errno.EAGAIN, False), (errno.ENOBUFS, False), (errno.ENETUNREACH, True), (errno.EPERM, True)],
)
def test_no_room_is_told_and_a_network_that_is_gone_is_not(error: int, room: bool) -> None:
    with Socket(error, together_only=False) as way:
        assert send_burst(way, [b"ab", b"cd"], ("192.0.2.1", 9)) == room


@given(st.lists(st.integers(1, 4)), st.integers(1, 5))
def test_a_burst_has_one_size_but_for_its_end(sizes: list[int], most: int) -> None:
    packets = [bytes(size) for size in sizes]
    grouped = [*bursts(packets, most)]
    assert [each for burst in grouped for each in burst] == packets
    for burst in grouped:
        assert 1 <= len(burst) <= most
        assert {len(each) for each in burst[:-1]} <= {len(burst[0])}
        assert len(burst[-1]) <= len(burst[0])
    for burst, following in pairwise(grouped):
        last, first = burst[-1], following[0]
        assert len(burst) == most or len(last) < len(burst[0]) or len(first) > len(burst[0])
