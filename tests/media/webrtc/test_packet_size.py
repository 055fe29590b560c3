"""Packets that fit: what leaves is small enough for every path, and smaller where that is not."""

import asyncio
import itertools
import re
from itertools import pairwise
from typing import Any

import pytest
from aioice import ice
from hypothesis import given
from hypothesis import strategies as st

from homecall_appliance.media.video.packetizer import PAYLOAD_BYTES
from homecall_appliance.media.video.picture import Codec, Picture
from homecall_appliance.media.webrtc import packet_size
from homecall_appliance.media.webrtc.ice_socket import IceSocket
from homecall_appliance.media.webrtc.packet_size import (
    APART,
    CLEAN_REPORTS,
    COMPLAINTS,
    HALF,
    PacketSize,
)
from tests.support.call_world import call, house, until

SAFE = 1200
"""No datagram is as long: with the headers of IPv6 and UDP it is one of 1,248 bytes."""

SAFE_BY_RELAY = 1280 - 48 - 95
"""No packet of RTP is longer: a phone's relay can hand it on in a Data indication (RFC 8656,
section 11) with all the attributes that it may have."""

LARGE = Picture("h264", b"\0\0\0\1\x65" + b"\x01" * 5000, 0, keyframe=True)
SMALL = Picture("h264", b"\0\0\0\1\x41" + b"\x01" * 100, 0, keyframe=False)


def longest(size: PacketSize, picture: Picture) -> int:
    return max(map(len, size.cut(picture)))


def complain(size: PacketSize, times: int = COMPLAINTS) -> None:
    for number in range(times):
        size.keyframe_wanted(number * APART)


@pytest.mark.parametrize("codec", ["h264", "vp8"])
def test_packets_are_halved_where_no_full_one_is_known_to_have_arrived(codec: Codec) -> None:
    size, picture = PacketSize(), Picture(codec, LARGE.data, 0, keyframe=True)
    for number in range(COMPLAINTS):
        assert longest(size, picture) == PAYLOAD_BYTES
        size.loss_reported(0.8)
        size.keyframe_wanted(number * APART)
    assert longest(size, picture) == HALF


def test_small_packets_that_arrive_show_nothing_of_full_ones() -> None:
    size = PacketSize()
    for _ in range(10):
        size.cut(SMALL)
        size.loss_reported(0.0)
    complain(size)
    assert size.halved


def test_they_stay_full_where_a_full_one_has_arrived() -> None:
    size = PacketSize()
    size.cut(LARGE)
    for _ in range(CLEAN_REPORTS):
        size.loss_reported(0.0)
    for _ in range(10):
        size.loss_reported(0.9)
    complain(size)
    assert not size.halved


def test_a_report_that_may_have_left_before_a_full_packet_shows_nothing() -> None:
    size = PacketSize()
    for _ in range(COMPLAINTS):
        size.cut(LARGE)
        size.loss_reported(0.0)
        size.loss_reported(0.5)
    complain(size)
    assert size.halved


def test_requests_in_a_burst_count_once() -> None:
    size = PacketSize()
    for number in range(10 * COMPLAINTS):
        size.keyframe_wanted(number * APART / (10 * COMPLAINTS))
    assert not size.halved
    complain(size, COMPLAINTS - 1)  # the first of these is of the same time, too
    assert not size.halved


@given(st.lists(st.one_of(st.floats(0, 0.99), st.none())))
def test_it_never_grows_again(reports: list[float | None]) -> None:
    size, history = PacketSize(), []
    for now, report in enumerate(reports):
        size.cut(LARGE)
        if report is None:
            size.keyframe_wanted(float(now))
        else:
            size.loss_reported(report)
        history.append(size.halved)
    assert history == sorted(history)


class Arriving:
    """The datagrams that come to a phone, by what they are; of RTP each tenth is lost, or what the
    path does not carry."""

    def __init__(self, patch: pytest.MonkeyPatch, most: int = 1500) -> None:
        self.sizes: dict[str, list[int]] = {"STUN": [], "DTLS": [], "RTP": []}
        self.carried: list[int] = []
        """The sizes of RTP that was not lost: two alike in a row are pieces of one picture."""
        self.payload_types: set[int] = set()
        count, take = itertools.count(1), ice.StunProtocol.datagram_received

        def note(protocol: Any, data: bytes, addr: Any) -> None:
            if not isinstance(protocol, IceSocket):
                kind = "STUN" if data[0] < 4 else "DTLS" if data[0] < 64 else "RTP"
                self.sizes[kind].append(len(data))
                if kind == "RTP":
                    self.payload_types.add(data[1] & 0x7F)
                    if next(count) % 10 == 0 or len(data) > most:
                        return
                    self.carried.append(len(data))
            take(protocol, data, addr)

        patch.setattr(ice.StunProtocol, "datagram_received", note)


@pytest.mark.slow
async def test_no_datagram_of_a_call_is_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    async with house() as home:
        arriving = Arriving(monkeypatch)
        _, phone = await call(home)
        rtx = re.search(r"a=rtpmap:(\d+) rtx", phone.connection.localDescription.sdp)
        assert rtx
        await until(lambda: int(rtx[1]) in arriving.payload_types)
        await until(lambda: max(arriving.sizes["RTP"]) > PAYLOAD_BYTES)
        await phone.gone()
    longest = {kind: max(sizes) for kind, sizes in arriving.sizes.items()}
    assert max(longest.values()) < SAFE, longest
    assert longest["RTP"] <= SAFE_BY_RELAY


@pytest.mark.slow
async def test_a_path_that_carries_no_full_packet_carries_the_picture_in_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """aiortc's own receiver asks for key frames when it sees fit; here the phone goes on asking."""
    monkeypatch.setattr(packet_size, "APART", 0.05)
    async with house() as home:
        arriving = Arriving(monkeypatch, most=HALF + 50)
        served, phone = await call(home)
        assert served.peer
        [ours] = [each for each in phone.connection.getReceivers() if each.track.kind == "video"]

        async def ask() -> None:
            while True:
                for ssrc in ours.getSynchronizationSources():
                    await ours._send_rtcp_pli(ssrc.source)
                await asyncio.sleep(0.1)

        asking = asyncio.create_task(ask())
        await until(lambda: any(a == b > HALF for a, b in pairwise(arriving.carried)))
        asking.cancel()
        await phone.gone()
