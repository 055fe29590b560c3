"""A relay in place of a socket: what is sent through it."""

import asyncio
import contextlib
import socket
from collections.abc import Sequence

import pytest

from homecall_appliance.media.audio.echo.off import Off
from homecall_appliance.media.audio.shared_audio import SharedAudio
from homecall_appliance.media.audio.tone import Tone
from homecall_appliance.media.video.shared_camera import SharedCamera
from homecall_appliance.media.webrtc import relay as module
from homecall_appliance.media.webrtc import server_asking, server_candidates
from homecall_appliance.media.webrtc.name_lookup import NameLookup
from homecall_appliance.media.webrtc.peer import Peer
from homecall_appliance.media.webrtc.server_memory import ServerState
from homecall_appliance.media.webrtc.trickle import TrickledCandidate
from tests.media.webrtc.gathering_world import states, world
from tests.media.webrtc.turn_server import PASSWORD, USERNAME, turn_server
from tests.support.address import local_address
from tests.support.call_world import TEST_PATTERN
from tests.support.connection import until
from tests.support.ice_servers import Server, options, silent


def take(peer: socket.socket, got: list[int]) -> int:
    """Take what has come to a peer, by the first byte of each datagram; how many there are now."""
    with contextlib.suppress(BlockingIOError):
        while data := peer.recv(2048):
            got.append(data[0])
    return len(got)


async def test_what_is_sent_before_a_relay_has_a_channel_arrives_in_order() -> None:
    got: list[int] = []
    with silent() as (peer, where):
        host, port = where.split(":")
        async with turn_server(local_address(), "udp") as server, world(host=False) as ours:
            url = f"turn:{server.address}:{server.port}"
            candidates = ours.ask(options(Server([url], USERNAME, PASSWORD)))
            await until(lambda: None in ours.told)
            [relay] = candidates.relays
            for number in range(3):
                relay.sendto(bytes([number]) * 20, (host, int(port)))
            await until(lambda: take(peer, got) == 3)
            relay.sendto(bytes([3]) * 20, (host, int(port)))
            await until(lambda: take(peer, got) == 4)
    assert got == [0, 1, 2, 3]


async def test_nothing_goes_on_after_a_peer_whose_relay_has_died(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "DELETE_TIMEOUT", 0.2)
    camera, audio = SharedCamera(TEST_PATTERN), SharedAudio(Tone(), Off(), volume=80)
    told: list[TrickledCandidate | None] = []
    async with turn_server(local_address(), "udp") as server:
        before = asyncio.all_tasks()
        url = f"turn:{server.address}:{server.port}"
        ice = options(Server([url], USERNAME, PASSWORD))
        async with Peer(camera, audio, ice, lambda state: None) as peer:
            await peer.offer()
            peer.gather(told.append)
            await until(lambda: None in told)
            assert len(told) == 2
            server.answers = False
        assert asyncio.all_tasks() <= before


async def test_a_server_that_is_being_started_again_is_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(server_asking, "PAUSE", 0.05)
    async with turn_server(local_address(), "tcp") as earlier:
        port = earlier.port
    async with world(host=False) as ours:
        url = f"turn:{local_address()}:{port}?transport=tcp"
        ice = options(Server([url], USERNAME, PASSWORD))
        ours.ask(ice)
        await until(lambda: ice.memory.records)
        assert (states(ice), ours.told) == ([ServerState.UNREACHABLE], [])
        async with turn_server(local_address(), "tcp", port):
            await until(lambda: None in ours.told)
            assert states(ice) == [ServerState.WORKS]
            await ours.connect()


async def test_it_is_not_asked_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_asking, "PAUSE", 0.01)
    monkeypatch.setattr(server_asking, "KEEP_ASKING", 0.1)
    async with world() as ours:
        ours.ask(options(Server([f"turn:{local_address()}:9?transport=tcp"], "a", "b")))
        await until(lambda: ours.told)
        assert ours.told == [None]


class Named(NameLookup):
    """Knows the addresses of every name."""

    def __init__(self, *addresses: str) -> None:
        super().__init__()
        self._addresses = addresses

    async def addresses(self, host: str) -> Sequence[str]:
        return self._addresses


async def test_the_other_address_of_a_server_is_tried_where_one_leads_nowhere(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(server_candidates, "WAY_TIMEOUT", 0.05)
    async with turn_server(local_address(), "udp") as server, world(host=False) as ours:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as dead:
            dead.bind(("::1", server.port))
            ice = options(
                Server([f"turn:relay.example:{server.port}"], USERNAME, PASSWORD),
                lookup=Named("::1", local_address()),
            )
            ours.ask(ice)
            await until(lambda: None in ours.told)
        assert states(ice) == [ServerState.WORKS]
        await ours.connect()


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_a_relay_may_be_named_by_an_address_of_ipv6(transport: str) -> None:
    async with turn_server("::1", transport) as server, world(host=False) as ours:
        url = f"turn:[::1]:{server.port}?transport={transport}"
        ice = options(Server([url], USERNAME, PASSWORD))
        ours.ask(ice)
        await until(lambda: None in ours.told)
        assert states(ice) == [ServerState.WORKS]
        assert (ours.told[0] or "").split()[4] == "::1"
