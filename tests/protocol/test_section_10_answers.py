"""protocol.md, section 10: what an answer and candidates of a stranger come to."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from itertools import count
from pathlib import Path

import pytest

from homecall_appliance.calls.call import Call
from homecall_appliance.media.webrtc.addresses import own_addresses
from homecall_appliance.media.webrtc.candidates import (
    MAX_CANDIDATES,
    Candidate,
    CandidateFilter,
    Machine,
)
from tests.protocol.appliance_world import Phone, appliance
from tests.protocol.wire import answer, hangup, read_close, read_end, text, until

pytestmark = pytest.mark.slow

TEXT = "4711-of-a-stranger"

UNUSABLE = {
    "no SDP": TEXT,
    "bad numbers": f"v=0\r\nm=audio {TEXT} UDP/TLS/RTP/SAVPF 96\r\na=rtpmap:{TEXT} x/y\r\n",
    "no transport": f"v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:0\r\na=x:{TEXT}\r\n",
    "too long": f"v=0\r\na=x:{TEXT}\r\n" + "a=x\r\n" * 5000,
}


@pytest.mark.protocol(
    10,
    "An answer is read by the appliance itself, strictly bounded, before any library sees it",
    "what cannot be used ends at most this call, with a sentence (`bad_message`), never `internal`",
)
@pytest.mark.parametrize("sdp", UNUSABLE.values(), ids=UNUSABLE.keys())
async def test_what_cannot_be_used_ends_its_own_call_with_a_sentence(
    tmp_path: Path, sdp: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with appliance(tmp_path) as home:
        innocent = await home.take_link("innocent")
        async with innocent.answered() as connection:
            stranger = await home.take_link("stranger")
            await stranger.socket.send_str(answer(stranger.session_id, sdp))
            assert await read_end(stranger.socket) == ("bad_message", 4001)
            await until(lambda: len(home.reception.calls) == 1)
            await until(lambda: connection.connectionState == "connected")
            await innocent.socket.send_str(hangup(innocent.session_id))
            assert await read_close(innocent.socket) == 4001
    told = [record for record in caplog.records if "cannot be used" in record.message]
    assert [record.exc_info for record in told] == [None]
    assert TEXT not in caplog.text
    assert "Traceback" not in caplog.text


@pytest.mark.protocol(10, "what is understood is used, what is not is passed over")
@pytest.mark.parametrize(
    "line",
    [
        "a=extmap:300 urn:x",
        "a=extmap:4 urn:x with attributes",
        "a=ssrc:1",
        "a=rtpmap:x y",
        "a=candidate:1 1 udp 2122260223 192.0.2.7",
        "a=rtcp-fb:",
        "nonsense",
    ],
)
async def test_a_line_that_is_not_understood_is_passed_over(tmp_path: Path, line: str) -> None:
    async with appliance(tmp_path) as home:
        call, phone = home.reception.published, await home.take_link()
        async with phone.answered(lambda sdp: f"{sdp}{line}\r\n"):
            await until(lambda: call is not None and "connected" in call.history)
            await until(lambda: _sent(home.reception.calls)[0] > 2)
            await _hang_up(phone)


@pytest.mark.protocol(10, "No common codec for the picture is a call with sound alone")
@pytest.mark.parametrize(
    "picture",
    [
        "m=video 0 UDP/TLS/RTP/SAVPF 0\r\n",
        "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:1\r\na=rtpmap:96 AV1/90000\r\n",
        "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:1\r\na=rtpmap:96 H264/90000\r\n",
        "",
    ],
)
async def test_without_a_codec_for_the_picture_sound_goes_on(tmp_path: Path, picture: str) -> None:
    async with appliance(tmp_path) as home:
        phone = await home.take_link()
        async with phone.answered(lambda sdp: sdp.partition("m=video")[0] + picture):
            await until(lambda: _sent(home.reception.calls)[1] > 10)
            assert _sent(home.reception.calls)[0] == 0
            await _hang_up(phone)


@pytest.mark.protocol(
    10, "The count begins anew with another offer to a phone that was connected, at most every ten"
)
def test_the_count_of_candidates_begins_anew() -> None:
    hosts = (Candidate(ip_address(f"198.51.100.{each}"), 5000, 1, "host") for each in count(1))
    counted = CandidateFilter()
    tried = []
    for now in (0.0, 9.9, 10.0):
        counted.renew(now)
        tried.append(sum(counted.admits(next(hosts), Machine()) for _ in range(2 * MAX_CANDIDATES)))
    assert tried == [MAX_CANDIDATES, 0, MAX_CANDIDATES]


@pytest.mark.protocol(
    10,
    "Candidates in the answer and those that trickle in pass the same filter"
    " (kind, address, port, number per call)",
)
@pytest.mark.parametrize("trickles", [True, False])
async def test_no_candidate_makes_the_appliance_speak_to_itself(
    tmp_path: Path, trickles: bool
) -> None:
    with _listening() as victims:
        lines = [
            f"candidate:1 1 udp 2122260223 {host} {port} typ host"
            for host, port, *_ in (victim.getsockname() for victim in victims)
        ]
        written = "".join(f"a={line}\r\n" for line in lines)
        async with appliance(tmp_path) as home:
            call, phone = home.reception.published, await home.take_link()
            async with phone.answered(
                lambda sdp: sdp if trickles else sdp.replace("m=video", f"{written}m=video", 1)
            ):
                for line in lines if trickles else []:
                    ice = {"candidate": line, "sdpMid": 0}
                    await phone.socket.send_str(text("candidate", phone.session_id, candidate=ice))
                await until(lambda: call is not None and "connected" in call.history)
                await asyncio.sleep(0.2)
                await _hang_up(phone)
        for victim in victims:
            with pytest.raises(BlockingIOError):
                victim.recv(2048)


@contextmanager
def _listening() -> Iterator[list[socket.socket]]:
    """Sockets on the addresses of this machine, loopback among them."""
    victims = []
    for own in {each.ip for each in own_addresses() if not each.ip.is_link_local}:
        family = socket.AF_INET if own.version == 4 else socket.AF_INET6
        victim = socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        victim.bind((str(own), 0))
        victims.append(victim)
    try:
        yield victims
    finally:
        for victim in victims:
            victim.close()


def _sent(calls: list[Call]) -> tuple[int, int]:
    """Pictures and sounds that were sent to the only phone."""
    peers = [call.peer for call in calls if call.peer]
    return sum(each.sent.video_frames for each in peers), sum(
        each.sent.audio_frames for each in peers
    )


async def _hang_up(phone: Phone) -> None:
    await phone.socket.send_str(hangup(phone.session_id))
    assert await read_close(phone.socket) == 4001
