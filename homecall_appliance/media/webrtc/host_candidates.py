"""The sockets of a connection, one at each address of this machine that phones may get."""

import logging
from collections.abc import Sequence
from ipaddress import ip_address
from typing import Any

from homecall_appliance.media.webrtc.aiortc_compat import host_protocol
from homecall_appliance.media.webrtc.ice_options import IceOptions

log = logging.getLogger(__name__)

ANY_PORT = 0


async def open_hosts(
    connection: Any, options: IceOptions, ports: Sequence[int], addresses: Sequence[str]
) -> list[Any]:
    """Open a socket for aioice's connection at each of some addresses; return their protocols.

    Each gets the first of `ports` that is free, or else any. An address that is gone meanwhile is
    left out.
    """
    protocols = []
    for address in offered(addresses, options):
        for port in (*ports, ANY_PORT):
            try:
                protocols.append(await host_protocol(connection, address, port))
                break
            except OSError as error:
                log.debug("No socket at %s, port %d: %s.", address, port, error)
        if ports and port == ANY_PORT:
            log.warning("No port from ice.port on is free for a call: it takes another one.")
    return protocols


def offered(addresses: Sequence[str], options: IceOptions) -> Sequence[str]:
    """Return those of some addresses of this machine that phones may get."""
    if options.relay_only:
        return ()
    if options.wanted is None:
        return addresses
    wanted = {*options.wanted()}
    return [each for each in addresses if ip_address(each) in wanted]
