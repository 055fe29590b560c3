"""The sockets of a connection, one at each address of this machine."""

import logging
from collections.abc import Sequence
from typing import Any

from homecall_appliance.media.webrtc.aiortc_compat import host_protocol

log = logging.getLogger(__name__)


async def open_hosts(connection: Any, addresses: Sequence[str]) -> list[Any]:
    """Open a socket for aioice's connection at each of some addresses; return their protocols.

    An address that is gone meanwhile is left out.
    """
    protocols = []
    for address in addresses:
        try:
            protocols.append(await host_protocol(connection, address, 0))
        except OSError as error:
            log.debug("No socket at %s: %s.", address, error)
    return protocols
