"""What a peer is told about servers, and what aiortc gets where it has to ask them itself."""

from typing import Any

import pytest

from homecall_appliance.media.audio.echo.off import Off
from homecall_appliance.media.audio.shared_audio import SharedAudio
from homecall_appliance.media.audio.tone import Tone
from homecall_appliance.media.video.shared_camera import SharedCamera
from homecall_appliance.media.webrtc import aiortc_compat
from homecall_appliance.media.webrtc.ice_options import IceOptions, known_to_aiortc
from homecall_appliance.media.webrtc.peer import Peer
from tests.support.call_world import TEST_PATTERN
from tests.support.ice_servers import Server, options

RELAY = Server(["turn:a.example"], "visitor", "secret")


@pytest.mark.parametrize(
    ("ice", "trickles"),
    [
        (IceOptions(), False),
        (options(RELAY), True),
        (IceOptions(expected=True), True),
        (IceOptions(public_address="203.0.113.7"), True),
        (IceOptions(public_address="203.0.113.7", relay_only=True), False),
    ],
)
def test_candidates_follow_where_there_may_be_any(ice: IceOptions, trickles: bool) -> None:
    assert ice.trickles is trickles


def test_aiortc_gets_the_urls_that_it_can_read() -> None:
    servers = [RELAY, Server(["turn:[2001:db8::1]"], "a", "b"), Server(["stun:[::1]", "stun:b"])]
    found = [(each.urls, each.username, each.credential) for each in known_to_aiortc(servers)]
    assert found == [(["turn:a.example"], "visitor", "secret"), (["stun:b"], None, None)]


async def test_an_aiortc_that_is_not_known_asks_the_servers_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    carrying = aiortc_compat.CARRYING
    monkeypatch.setattr(aiortc_compat, "check", lambda: (carrying,))
    camera, audio = SharedCamera(TEST_PATTERN), SharedAudio(Tone(), Off(), volume=80)
    ice = options(RELAY, Server(["turn:[2001:db8::1]"], "a", "b"))
    told: list[Any] = []
    async with Peer(camera, audio, ice, lambda state: None) as peer:
        [transceiver] = [peer._connection.addTransceiver("audio")]
        connection = aiortc_compat.ice_connection(transceiver.receiver.transport)
        assert connection.turn_server == ("a.example", 3478)
        peer.gather(told.append)
    assert told == []
