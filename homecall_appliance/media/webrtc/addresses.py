"""Addresses: those of this machine, and those of phones behind their names (mDNS, RFC 6762)."""

import contextlib
import logging
import socket
from ipaddress import ip_address, ip_interface

import ifaddr
from aioice.mdns import create_mdns_protocol

from homecall_appliance.media.webrtc.candidates import Address, Interface

log = logging.getLogger(__name__)

MDNS_PORT = 5353
"""The port of mDNS (RFC 6762, section 3)."""


def own_addresses() -> list[Interface]:
    """Return every address of every interface of this machine, loopback too."""
    return [
        ip_interface(f"{ip.ip if isinstance(ip.ip, str) else ip.ip[0]}/{ip.network_prefix}")
        for adapter in ifaddr.get_adapters()
        for ip in adapter.ips
    ]


def source_towards(address: str, port: int) -> str | None:
    """Return the address of this machine from which datagrams to another would leave.

    None where no network leads there. Connecting a datagram socket sends nothing.
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
        probe.connect((address, port))
        source: str = probe.getsockname()[0]
        return source
    return None


async def resolve(name: str) -> Address | None:
    """Return the address of a `.local` name; None where nobody tells it within a second.

    None, too, where another program holds the port of mDNS for itself.
    """
    try:
        _try_port()
        protocol = await create_mdns_protocol()
        try:
            address = await protocol.resolve(name)
        finally:
            await protocol.close()
    except OSError:
        log.info("The name of a phone cannot be looked up: UDP port %d is taken.", MDNS_PORT)
        return None
    return ip_address(address) if address else None


def _try_port() -> None:
    """Raise OSError where aioice could not have the port: it would lose the socket."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        probe.bind(("", MDNS_PORT))
