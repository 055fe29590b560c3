"""One peer connection, with the real aiortc."""

import asyncio
import gc
import re
import socket
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from typing import Any

import pytest
from aioice.mdns import create_mdns_protocol
from aiortc import RTCConfiguration, RTCIceTransport, RTCPeerConnection, RTCSessionDescription

from homecall_appliance.media.audio.echo.off import Off
from homecall_appliance.media.audio.shared_audio import SharedAudio
from homecall_appliance.media.audio.tone import Tone
from homecall_appliance.media.video.shared_camera import SharedCamera
from homecall_appliance.media.webrtc import remote_candidates
from homecall_appliance.media.webrtc.addresses import own_addresses, resolve
from homecall_appliance.media.webrtc.answer import UnusableAnswer
from homecall_appliance.media.webrtc.candidates import (
    MAX_CANDIDATES,
    MAX_NAMES,
    CandidateFilter,
    Interface,
    RemoteCandidate,
)
from homecall_appliance.media.webrtc.datagrams import Drop
from homecall_appliance.media.webrtc.ice_options import IceOptions
from homecall_appliance.media.webrtc.peer import Peer
from homecall_appliance.media.webrtc.remote_candidates import RemoteCandidates
from homecall_appliance.media.webrtc.stats import CandidateTypes
from homecall_appliance.media.webrtc.trickle import TrickledCandidate
from tests.media.webrtc.turn_server import PASSWORD, USERNAME, turn_server
from tests.support.address import local_address
from tests.support.call_world import TEST_PATTERN
from tests.support.connection import until
from tests.support.ice_servers import Server, options


async def test_nothing_of_a_stranger_waits_for_the_answer() -> None:
    camera, audio = SharedCamera(TEST_PATTERN), SharedAudio(Tone(), Off(), volume=80)
    dropped: Counter[Drop] = Counter()
    count = dropped.update
    async with Peer(
        camera, audio, IceOptions(), lambda _: None, on_drop=lambda why: count([why])
    ) as peer:
        sdp = await peer.offer()
        lines = [line.split() for line in sdp.splitlines() if line.startswith("a=candidate")]
        ports = {(line[4], int(line[5])) for line in lines}
        for address, port in ports:
            family = socket.AF_INET6 if ":" in address else socket.AF_INET
            with socket.socket(family, socket.SOCK_DGRAM) as stranger:
                for _ in range(3):
                    stranger.sendto(b"\x80" * 1200, (address, port))
                    stranger.sendto(b"", (address, port))
        await until(lambda: dropped.total() == 6 * len(ports))
        assert peer._agent._received.empty()
    assert dropped == {Drop.SOURCE: 3 * len(ports), Drop.SIZE: 3 * len(ports)}


@asynccontextmanager
async def offering(candidates: CandidateFilter | None = None) -> AsyncIterator[tuple[Peer, str]]:
    """A peer that has made its offer, and an answer to it without candidates."""
    camera, audio = SharedCamera(TEST_PATTERN), SharedAudio(Tone(), Off(), volume=80)
    phone = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    async with Peer(camera, audio, IceOptions(), lambda state: None) as peer:
        peer.candidates = candidates or CandidateFilter()
        await phone.setRemoteDescription(RTCSessionDescription(await peer.offer(), "offer"))
        await phone.setLocalDescription(await phone.createAnswer())
        await phone.close()
        yield peer, re.sub(r"a=(candidate|end-of).*\r\n", "", phone.localDescription.sdp)


@pytest.mark.parametrize(("relay_only", "types"), [(False, {"host", "relay"}), (True, {"relay"})])
async def test_the_types_of_all_candidates_that_the_phone_was_told_are_known(
    relay_only: bool, types: set[str]
) -> None:
    """For an owner who wonders why a call has found no way."""
    camera, audio = SharedCamera(TEST_PATTERN), SharedAudio(Tone(), Off(), volume=80)
    async with turn_server(local_address(), "udp") as server:
        url = f"turn:{server.address}:{server.port}"
        ice = options(Server([url], USERNAME, PASSWORD), expected=True, relay_only=relay_only)
        async with Peer(camera, audio, ice, lambda _: None) as peer:
            told: list[TrickledCandidate | None] = []
            await peer.offer()
            peer.gather(told.append)
            await until(lambda: None in told)
            assert peer.candidate_types == CandidateTypes(frozenset(types), frozenset())


def line(host: str, port: int = 54321) -> str:
    return f"candidate:1 1 udp 2122260223 {host} {port} typ host"


def with_candidates(answer: str, lines: Iterable[str]) -> str:
    """An answer with candidates in its first section."""
    first, second, third = answer.split("m=")
    return "m=".join([first, second + "".join(f"a={each}\r\n" for each in lines), third])


def tried(peer: Peer) -> list[str]:
    """The addresses that aioice has of the phone."""
    return [each.host for each in peer._agent.remote_candidates]


def looking_up(peer: Peer) -> list[asyncio.Task[None]]:
    """What tries a candidate, whose name may have to be looked up."""
    checks = RemoteCandidates._check.__qualname__
    return [each for each in peer._tasks if each.get_coro().__qualname__ == checks]  # type: ignore[union-attr]


@pytest.mark.parametrize("early", [True, False])
@pytest.mark.parametrize(("mid", "index"), [("0", None), (None, 0), ("0", 1), ("other", 0)])
async def test_a_candidate_is_tried_once_wherever_it_comes_from(
    early: bool, mid: str | None, index: int | None
) -> None:
    trickled = RemoteCandidate(line("192.0.2.77"), mid, index)
    async with offering() as (peer, answer):
        if early:
            peer.add_candidate(trickled)
        await peer.accept(with_candidates(answer, [line("192.0.2.77"), line("2001:db8::77")]))
        peer.add_candidate(trickled)
        await until(lambda: len(tried(peer)) > 1)
        assert sorted(tried(peer)) == ["192.0.2.77", "2001:db8::77"]


async def test_many_candidates_list_the_addresses_of_this_machine_hardly_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """That blocks all calls, and fails where too many files are open."""
    lists = 0

    def too_many() -> list[Interface]:
        nonlocal lists
        lists += 1
        raise OSError(24, "Too many open files")

    async with offering() as (peer, answer):
        monkeypatch.setattr(remote_candidates, "own_addresses", too_many)
        await peer.accept(answer)
        for number in range(300):
            peer.add_candidate(RemoteCandidate(line(f"192.0.2.{number}"), "0", 0))
        peer.add_candidate(RemoteCandidate(line("127.0.0.1"), "0", 0))
        await until(lambda: len(tried(peer)) == MAX_CANDIDATES)
        assert "127.0.0.1" not in tried(peer)
    assert lists <= 3


@pytest.mark.parametrize(("mid", "index"), [(None, None), ("2", None), (None, 2), ("2", 7)])
async def test_a_candidate_of_no_section_is_passed_over(mid: str | None, index: int | None) -> None:
    async with offering() as (peer, answer):
        await peer.accept(answer)
        peer.add_candidate(RemoteCandidate(line("192.0.2.76"), mid, index))
        peer.add_candidate(RemoteCandidate(line("192.0.2.77"), "0", 0))
        await until(lambda: tried(peer))
        assert tried(peer) == ["192.0.2.77"]


async def test_candidates_are_counted_for_a_call_and_not_for_a_peer() -> None:
    candidates, counts = CandidateFilter(), []
    for network in ("192.0.2", "198.51.100", "203.0.113"):  # RFC 5737
        lines = [line(f"{network}.{number}") for number in range(1, 41)]
        async with offering(candidates) as (peer, answer):
            for each in lines[:20]:
                peer.add_candidate(RemoteCandidate(each, "0", 0))
            await peer.accept(with_candidates(answer, lines[10:30]))
            for each in lines[20:] * 2:
                peer.add_candidate(RemoteCandidate(each, "0", 0))
            await asyncio.sleep(0.1)
            counts.append(len(tried(peer)))
    assert counts == [MAX_CANDIDATES, 0, 0]


async def test_this_machine_gets_nothing_from_a_candidate() -> None:
    """Its addresses are loopback and those of its interfaces: anything may listen there."""
    with sockets() as victims:
        lines = [line(*victim.getsockname()[:2]) for victim in victims]
        async with offering() as (peer, answer):
            await peer.accept(with_candidates(answer, lines))
            for each in lines:
                peer.add_candidate(RemoteCandidate(each, "0", 0))
            await asyncio.sleep(0.3)
            assert tried(peer) == []
        for victim in victims:
            with pytest.raises(BlockingIOError):
                victim.recv(2048)


@contextmanager
def sockets() -> Iterator[list[socket.socket]]:
    """Sockets that listen on each address of this machine."""
    listening = []
    for own in {each.ip for each in own_addresses() if not each.ip.is_link_local}:
        family = socket.AF_INET if own.version == 4 else socket.AF_INET6
        victim = socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        victim.bind((str(own), 0))
        listening.append(victim)
    try:
        yield listening
    finally:
        for victim in listening:
            victim.close()


@asynccontextmanager
async def named(names: dict[str, str]) -> AsyncIterator[None]:
    """Somebody in the network who tells the addresses of names."""
    responder = await create_mdns_protocol()
    for name, address in names.items():
        await responder.publish(name, address)
    yield
    await responder.close()


async def test_the_address_behind_a_name_passes_the_filter_too() -> None:
    own = next(str(each.ip) for each in own_addresses() if each.ip.version == 4)
    names = {"a.local": "127.0.0.1", "b.local": own, "c.local": "192.0.2.77", "d.local": "fd00::77"}
    async with named(names), offering() as (peer, answer):
        lines = [line(name) for name in names]
        await peer.accept(with_candidates(answer, lines[:2]))
        for each in [*lines[2:], line("nobody.local")]:
            peer.add_candidate(RemoteCandidate(each, "0", 0))
        await until(lambda: len(tried(peer)) > 1 and not looking_up(peer))
        assert sorted(tried(peer)) == ["192.0.2.77", "fd00::77"]


async def test_a_name_is_looked_up_and_nothing_waits_for_it() -> None:
    async with named({"phone.local": "192.0.2.77"}):
        assert str(await resolve("phone.local")) == "192.0.2.77"
        async with offering() as (peer, answer):
            silent = [line(f"{number}.local") for number in range(1000)]
            async with asyncio.timeout(0.9):
                await peer.accept(with_candidates(answer, silent[:100]))
                for each in silent:
                    peer.add_candidate(RemoteCandidate(each, "0", 0))
                peer.add_candidate(RemoteCandidate(line("192.0.2.78"), "0", 0))
                await until(lambda: tried(peer) == ["192.0.2.78"])
            assert len(looking_up(peer)) <= MAX_NAMES + 1


async def test_what_fails_again_and_again_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(name: str) -> None:
        raise RuntimeError(name)

    monkeypatch.setattr(remote_candidates, "resolve", fail)
    failures: list[Exception] = []
    async with offering() as (peer, answer):
        peer._on_failure = failures.append
        names = [line(f"{number}.local") for number in range(MAX_NAMES)]
        await peer.accept(with_candidates(answer, names))
        await until(lambda: not looking_up(peer))
    assert [str(each) for each in failures] == ["0.local"]


async def taken() -> socket.socket:
    """A socket that has the port of mDNS for itself."""
    while True:
        holder = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            holder.bind(("", 5353))
        except OSError:  # another test looks a name up
            holder.close()
            await asyncio.sleep(0.1)
        else:
            return holder


@pytest.mark.parametrize("trickles", [True, False])
async def test_a_name_that_cannot_be_looked_up_is_left_out(trickles: bool) -> None:
    faults: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(
        lambda _, fault: faults.append(fault.get("exception"))
    )
    with closing(await taken()):
        async with offering() as (peer, answer):
            lines = [line("phone.local"), line("192.0.2.77")]
            await peer.accept(answer if trickles else with_candidates(answer, lines))
            for each in lines if trickles else []:
                peer.add_candidate(RemoteCandidate(each, "0", 0))
            await until(lambda: tried(peer))
            assert tried(peer) == ["192.0.2.77"]
    gc.collect()
    # aiortc 1.11 has a fault of its own where a peer is closed at once.
    assert [fault for fault in faults if isinstance(fault, OSError)] == []


@pytest.mark.parametrize("lines", [(), (line("203.0.113.9"),)])
async def test_nothing_waits_for_a_phone_that_has_left_before_it_was_connected(
    lines: Iterable[str],
) -> None:
    before = asyncio.all_tasks()
    async with offering() as (peer, answer):
        await peer.accept(with_candidates(answer, lines))
        await asyncio.sleep(0.1)
        assert asyncio.all_tasks() > before
    await until(lambda: asyncio.all_tasks() <= before)


async def test_a_connection_is_closed_whatever_ending_its_candidates_raises(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def fail(self: RTCIceTransport, candidate: object) -> None:
        raise ValueError(candidate)

    async with offering() as (peer, _):
        monkeypatch.setattr(RTCIceTransport, "addRemoteCandidate", fail)
    assert peer._connection.connection_state == "closed"


async def test_an_answer_that_cannot_be_used_opens_no_device() -> None:
    async with offering() as (peer, answer):
        with pytest.raises(UnusableAnswer):
            await peer.accept(answer.replace("a=fingerprint", "a=nothing"))
        assert not peer._media._audio.open
        assert not peer._media._camera.open
        await peer.accept(answer)
