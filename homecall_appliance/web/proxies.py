"""Whose request it is that a reverse proxy hands on."""

from collections.abc import Iterable
from ipaddress import IPv6Address, ip_address, ip_network

from aiohttp import web

from homecall_appliance.network.addresses import IPAddress
from homecall_appliance.signaling.hub import Source
from homecall_appliance.web.guard import source_of

HOPS = 8
"""Entries of X-Forwarded-For that are read at most, from the right: so many proxies may stand one
behind the other. What a stranger has written stands to the left of what they have."""


class Proxies:
    """The owner's reverse proxies, which are believed to name the address of each visitor."""

    def __init__(self, networks: Iterable[str] = ()) -> None:
        """`networks` are addresses, or networks such as "192.0.2.0/24"."""
        self._networks = tuple(map(ip_network, networks))

    def trusts(self, address: str) -> bool:
        """Whether a peer is one of them."""
        found = _read(address)
        return found is not None and self._knows(found)

    def visitor(self, peer: str, forwarded: Iterable[str]) -> Source:
        """The source of a request that came from the address `peer`, with these header lines
        X-Forwarded-For.

        It is the rightmost address that is none of the proxies: each has added the one that it
        was asked by. Where none is left, or an entry is no address, it is the outermost proxy.
        """
        source = _read(peer)
        entries = ",".join(forwarded).rsplit(",", HOPS)[-HOPS:]
        while source is not None and self._knows(source) and entries:
            named = _read(entries.pop().strip())
            if named is None:
                break
            source = named
        return source_of(str(source or peer))

    def _knows(self, address: IPAddress) -> bool:
        return any(address in network for network in self._networks)


PROXIES = web.AppKey("proxies", Proxies)


def visitor_of(request: web.Request) -> Source:
    """The source of a request, by the proxies of its application."""
    forwarded = request.headers.getall("X-Forwarded-For", ())
    return request.app[PROXIES].visitor(request.remote or "", forwarded)


def _read(text: str) -> IPAddress | None:
    """An address, IPv4's as such; None for what is none."""
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
