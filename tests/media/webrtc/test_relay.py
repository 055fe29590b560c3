"""A relay in place of a socket: what is sent through it."""

import asyncio
import contextlib
import socket

import pytest

from homecall_appliance.media.audio.echo.off import Off
from homecall_appliance.media.audio.shared_audio import SharedAudio
from homecall_appliance.media.audio.tone import Tone
from homecall_appliance.media.video.shared_camera import SharedCamera
from homecall_appliance.media.webrtc import relay as module
from homecall_appliance.media.webrtc.peer import Peer
from homecall_appliance.media.webrtc.trickle import TrickledCandidate
from tests.media.webrtc.gathering_world import world
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
