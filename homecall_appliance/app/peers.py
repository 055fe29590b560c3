"""The connections of calls to their phones, and what decodes the pictures that come by them."""

from collections.abc import Callable
from functools import partial

from homecall_appliance.app.ice import IceServers
from homecall_appliance.calls.offers import Addresses
from homecall_appliance.config.model import Ice
from homecall_appliance.decoder.decoding import Decoders
from homecall_appliance.display.pixels import FrameFormat
from homecall_appliance.display.ports import Frame
from homecall_appliance.display.screen import Screen
from homecall_appliance.faults.containment import OnFailure
from homecall_appliance.media.audio.shared_audio import SharedAudio
from homecall_appliance.media.video.shared_camera import SharedCamera
from homecall_appliance.media.webrtc.datagrams import Drop
from homecall_appliance.media.webrtc.ice_options import IceOptions
from homecall_appliance.media.webrtc.peer import Peer
from homecall_appliance.network.addresses import IPAddress, home_addresses
from homecall_appliance.network.home_network import HomeNetwork


class Peers:
    """Makes a peer for each offer."""

    def __init__(
        self,
        ice: Ice,
        servers: IceServers,
        *,
        camera: SharedCamera,
        audio: SharedAudio,
        screen: Screen,
        show_remote_video: bool,
        max_calls: int,
        on_drop: Callable[[Drop], None],
        on_frame: Callable[[Peer, Frame], None] = lambda _peer, _frame: None,
        home: HomeNetwork,
    ) -> None:
        """`show_remote_video`: the phone's picture is asked for where the screen can show it.
        `max_calls` is how many calls there may be at a time. `on_drop` is told of each datagram
        that does not count, and why; `on_frame` is lent each frame of a peer's phone that is shown.
        `home` has the addresses that phones may get."""
        self.decoders = Decoders(self._frame_format)
        """What decodes the pictures; it wants to know when a phone comes (`call.Announcer`)."""

        self.ice = IceOptions(
            servers.of_participant,
            expected=servers.named,
            relay_only=ice.policy == "relay",
            wanted=self._own_addresses,
            ports=ice.ports(max_calls),
            public_address=ice.public_address,
            memory=servers.memory,
        )
        """What is the same for all of them; its `memory` tells what the servers do."""

        self._home = home
        self._camera = camera
        self._audio = audio
        self._screen = screen
        self._show_remote_video = show_remote_video
        self._on_drop = on_drop
        self._on_frame = on_frame

    def new(self, on_state: Callable[[str], None], on_failure: OnFailure) -> Peer:
        """Return a peer: see `calls.offers.NewPeer`."""
        new_decoder = None
        if self._frame_format():
            show = self._screen.visitor(on_failure, lambda frame: self._on_frame(peer, frame))
            new_decoder = partial(self.decoders.new, show)
        peer = Peer(
            self._camera,
            self._audio,
            self.ice,
            on_state,
            on_failure=on_failure,
            new_decoder=new_decoder,
            on_drop=self._on_drop,
        )
        return peer

    @property
    def addresses(self) -> Addresses:
        """What an offer that is made ahead depends on."""
        return self._offered

    def _frame_format(self) -> FrameFormat | None:
        """How the picture of a phone has to lie in memory; None: none is asked for."""
        return self._screen.frame_format if self._show_remote_video else None

    def _offered(self) -> list[object]:
        """The addresses that an offer names, and whether it asks for a picture."""
        return [*self._own_addresses(), self._frame_format() is not None]

    def _own_addresses(self) -> list[IPAddress]:
        return home_addresses(self._home)
