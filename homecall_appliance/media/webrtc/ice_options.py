"""How a peer finds candidates of its own."""

import ssl
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Protocol

from homecall_appliance.media.webrtc.candidates import Address
from homecall_appliance.media.webrtc.name_lookup import NameLookup
from homecall_appliance.media.webrtc.server_memory import ServerMemory


class IceServer(Protocol):
    """A STUN or TURN server (W3C WebRTC 1.0, RTCIceServer)."""

    @property
    def urls(self) -> Sequence[str]:
        """Its addresses."""
        ...

    @property
    def username(self) -> str | None:
        """The name to log in with."""
        ...

    @property
    def credential(self) -> str | None:
        """Its password."""
        ...


def _no_servers() -> Sequence[IceServer]:
    return ()


@cache
def system_trust() -> ssl.SSLContext:
    """Return what trusts the authorities that the system does."""
    return ssl.create_default_context()


@dataclass(frozen=True)
class IceOptions:
    """What is the same for all peers. By default they have the addresses of this machine alone."""

    servers: Callable[[], Sequence[IceServer]] = _no_servers
    """Returns the servers to be asked, with credentials that are good from now on."""

    expected: bool = False
    """Whether `servers` may return some later, though it returns none yet."""

    relay_only: bool = False
    """Whether a relay's address is the only one that the phone gets (W3C WebRTC 1.0,
    RTCIceTransportPolicy)."""

    wanted: Callable[[], Collection[Address]] | None = None
    """Returns the addresses of this machine that phones may get, without scope; None: all of
    them."""

    ports: range = range(0)
    """The UDP ports that a peer takes one of, at each of its addresses; empty: any."""

    public_address: str = ""
    """The address or name to which the internet sends what is to come to that port; "": unknown."""

    lookup: NameLookup = field(default_factory=NameLookup)
    """Looks up the names of servers."""

    tls: Callable[[], ssl.SSLContext] = system_trust
    """Returns what the certificates of servers are judged by; may take a while."""

    memory: ServerMemory = field(default_factory=ServerMemory)
    """What the servers did for earlier peers."""

    @property
    def trickles(self) -> bool:
        """Whether there is anything to be found beyond the addresses of this machine."""
        return bool(
            self.expected or self.servers() or (self.public_address and not self.relay_only)
        )
