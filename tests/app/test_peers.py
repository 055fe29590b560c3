"""What the configuration makes of the peers of calls."""

from collections.abc import Callable
from ipaddress import ip_address
from typing import Any

import ifaddr
import pytest

from homecall_appliance.app.ice import IceServers
from homecall_appliance.app.peers import Peers
from homecall_appliance.config.model import Camera, Ice, TurnServer
from homecall_appliance.display.none import NoDisplay
from homecall_appliance.display.pixels import Channel, FrameFormat, Mode
from homecall_appliance.display.ports import Frame
from homecall_appliance.display.screen import Screen
from homecall_appliance.display.view import StartingView
from homecall_appliance.faults.containment import reported
from homecall_appliance.media.audio.echo.off import Off
from homecall_appliance.media.audio.shared_audio import SharedAudio
from homecall_appliance.media.audio.silence import Silence
from homecall_appliance.media.video.shared_camera import SharedCamera
from homecall_appliance.media.webrtc.peer import Peer
from homecall_appliance.network.addresses import home_addresses
from homecall_appliance.network.home_network import HomeNetwork

RELAY = TurnServer(urls=("turn:a.example",), secret="hush")  # noqa: S106


def peers(
    ice: Ice,
    home: HomeNetwork = HomeNetwork(),  # noqa: B008 - frozen
    servers: IceServers | None = None,
) -> Peers:
    """Those of an appliance whose devices nobody looks at."""
    devices: Any = dict.fromkeys(("camera", "audio", "screen", "on_drop"))
    servers = servers or IceServers(ice)
    return Peers(ice, servers, **devices, show_remote_video=False, max_calls=2, home=home)


def test_an_offer_is_made_ahead_whatever_servers_there_are() -> None:
    for ice in (Ice(), Ice(stun=("stun:a.example",)), Ice(turn=(RELAY,))):
        addresses = peers(ice).addresses
        assert [*addresses()] == [*home_addresses(HomeNetwork()), False]


def test_an_offer_is_made_anew_where_other_addresses_are_wanted() -> None:
    ips = [ifaddr.IP("192.0.2.7", 24, "eth9")]
    home = HomeNetwork(adapters=lambda: [ifaddr.Adapter("eth9", "eth9", ips)])
    addresses = peers(Ice(), home).addresses
    before = [*addresses()]
    ips.append(ifaddr.IP("192.0.2.8", 24, "eth9"))
    assert before == [ip_address("192.0.2.7"), False]
    assert [*addresses()] == [*map(ip_address, ("192.0.2.7", "192.0.2.8")), False]


@pytest.mark.parametrize("interfaces", [(), ("not-there",)])
async def test_an_offer_names_the_addresses_of_the_home_alone(interfaces: tuple[str, ...]) -> None:
    home = HomeNetwork(interfaces)
    made = Peers(
        Ice(),
        IceServers(Ice()),
        camera=SharedCamera(Camera(backend="off")),
        audio=SharedAudio(Silence(), Off(), volume=80),
        screen=Screen(NoDisplay, StartingView, lambda: None),
        show_remote_video=False,
        max_calls=1,
        on_drop=lambda _: None,
        home=home,
    )
    async with made.new(lambda _: None, reported) as peer:
        sdp = await peer.offer()
    lines = [line.split() for line in sdp.splitlines() if line.startswith("a=candidate:")]
    named = {fields[4] for fields in lines}
    assert named == {str(each) for each in home_addresses(home) if not each.is_link_local}
    assert bool(named) == (not interfaces)


class Wall:
    """In place of a `Screen`: keeps who looks at the frames of each phone."""

    frame_format = FrameFormat(Mode(2, 1, 32, 8, 0, *[Channel(0, 8)] * 3), 0)

    def __init__(self) -> None:
        self.phones: list[Callable[[Frame], None]] = []

    def visitor(self, _: object, on_frame: Callable[[Frame], None]) -> object:
        self.phones.append(on_frame)
        return lambda _source: None


async def test_whose_picture_is_shown_is_told() -> None:
    wall, seen = Wall(), list[tuple[Peer, Frame]]()
    frame = Frame(wall.frame_format, memoryview(bytes(8)))
    devices: dict[str, Any] = {"screen": wall, "on_drop": None}
    made = Peers(
        Ice(),
        IceServers(Ice()),
        camera=SharedCamera(Camera(backend="off")),
        audio=SharedAudio(Silence(), Off(), volume=80),
        show_remote_video=True,
        max_calls=2,
        on_frame=lambda peer, frame: seen.append((peer, frame)),
        home=HomeNetwork(),
        **devices,
    )
    one, other = (made.new(lambda _: None, reported) for _ in range(2))
    for look in reversed(wall.phones):
        look(frame)
    assert seen == [(other, frame), (one, frame)]


def test_the_keys_of_ice_come_to_the_peers() -> None:
    ice = Ice(turn=(RELAY,), policy="relay", port=50000, public_address="203.0.113.7")
    options = peers(ice).ice
    assert options.relay_only
    assert options.trickles
    assert [*options.ports] == [50000, 50001, 50002, 50003]
    assert options.public_address == "203.0.113.7"
    [server] = options.servers()
    assert server.urls == RELAY.urls
    assert not peers(Ice()).ice.trickles


def test_credentials_that_are_not_given_are_told_with_what_servers_do() -> None:
    servers = IceServers(Ice())
    assert peers(Ice(), servers=servers).ice.memory is servers.memory


def test_candidates_are_expected_of_servers_whose_credentials_are_on_their_way() -> None:
    relay = TurnServer(cloudflare_key_id="key", cloudflare_token="token")  # noqa: S106
    options = peers(Ice(turn=(relay,))).ice
    assert (options.servers(), options.trickles) == ([], True)
