"""The sockets of a connection, one at each address of this machine that phones may get."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from ipaddress import ip_address
from typing import TypeAlias, TypeVar

from homecall_appliance.media.webrtc.ice_options import IceOptions

log = logging.getLogger(__name__)

ANY_PORT = 0

Socket = TypeVar("Socket")


OpenSocket: TypeAlias = Callable[[str, int], Awaitable[Socket]]
"""Opens a socket at an address and a port; raises OSError."""


async def open_hosts(
    open_socket: OpenSocket[Socket], ports: Sequence[int], addresses: Sequence[str]
) -> list[Socket]:
    """Open a socket at each of some addresses of this machine.

    Each gets the first of `ports` that is free, or else any. An address that is gone meanwhile is
    left out.
    """
    sockets = []
    for address in addresses:
        for port in (*ports, ANY_PORT):
            try:
                sockets.append(await open_socket(address, port))
                break
            except OSError as error:
                log.debug("No socket at %s, port %d: %s.", address, port, error)
        if ports and port == ANY_PORT:
            log.warning("No port from ice.port on is free for a call: it takes another one.")
    return sockets


def offered(addresses: Sequence[str], options: IceOptions) -> Sequence[str]:
    """Return those of some addresses of this machine that phones may get."""
    if options.relay_only:
        return ()
    if options.wanted is None:
        return addresses
    wanted = {*options.wanted()}
    return [each for each in addresses if ip_address(each) in wanted]
