"""What the peers of calls are made with."""

import pytest

from homecall_appliance.app.ice import IceServers
from homecall_appliance.app.peers import Peers
from homecall_appliance.config.model import Camera, Ice
from homecall_appliance.display.none import NoDisplay
from homecall_appliance.display.screen import Screen
from homecall_appliance.display.view import StartingView
from homecall_appliance.faults.containment import reported
from homecall_appliance.media.audio.echo.off import Off
from homecall_appliance.media.audio.shared_audio import SharedAudio
from homecall_appliance.media.audio.silence import Silence
from homecall_appliance.media.video.shared_camera import SharedCamera
from homecall_appliance.web.addresses import home_addresses
from homecall_appliance.web.home_network import HomeNetwork


@pytest.mark.parametrize("interfaces", [(), ("not-there",)])
async def test_an_offer_names_the_addresses_of_the_home_alone(interfaces: tuple[str, ...]) -> None:
    home = HomeNetwork(interfaces)
    peers = Peers(
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
    async with peers.new(lambda _: None, reported) as peer:
        sdp = await peer.offer()
    lines = [line.split() for line in sdp.splitlines() if line.startswith("a=candidate:")]
    named = {fields[4] for fields in lines}
    assert named == {str(each) for each in home_addresses(home) if not each.is_link_local}
    assert bool(named) == (not interfaces)
