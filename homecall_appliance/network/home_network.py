"""The addresses by which phones at home reach this machine.

Those of the interfaces of the home (interfaces.py), or of those that the owner names.
"""

import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from ipaddress import (
    IPv4Address,
    IPv4Interface,
    IPv6Address,
    IPv6Interface,
    IPv6Network,
    ip_address,
    ip_interface,
)
from pathlib import Path

import ifaddr

from homecall_appliance.network.interfaces import Interfaces

IPInterface = IPv4Interface | IPv6Interface
"""An address with the length of its network's prefix."""

UNIQUE_LOCAL = IPv6Network("fc00::/7")
"""IPv6 addresses that a network gives itself (RFC 4193): they stay when the provider changes."""

IF_INET6 = Path("/proc/net/if_inet6")

# linux/if_addr.h; the kernel shows the lower eight bits (net/ipv6/addrconf.c, if6_seq_show).
_TEMPORARY = 0x01
_FAILED = 0x08  # another machine has it: RFC 4862, section 5.4
_DEPRECATED = 0x20
_TENTATIVE = 0x40
_FLEETING = _TEMPORARY | _DEPRECATED
_UNUSABLE = _FAILED | _TENTATIVE

# TEST-NET-2 (RFC 5737) and the documentation prefix (RFC 3849): in no routing table but by the
# default route, and connecting a datagram socket sends nothing.
_BEYOND_DEFAULT_ROUTE = (
    (socket.AF_INET, "198.51.100.1"),
    (socket.AF_INET6, "2001:db8::1"),
)


def default_route_sources() -> list[IPv4Address | IPv6Address]:
    """The addresses from which this machine would ask the internet; none without default route."""
    found = []
    for family, target in _BEYOND_DEFAULT_ROUTE:
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as probe:
                probe.connect((target, 9))
                found.append(ip_address(probe.getsockname()[0]))
        except OSError:  # no route, or a kernel without IPv6
            continue
    return found


@dataclass(frozen=True)
class _Found:
    """An address of an interface."""

    interface: str
    address: IPInterface
    flags: int
    """Of an IPv6 address: IFA_F_…; 0 where they are not known."""


@dataclass(frozen=True)
class HomeNetwork:
    """What the home is on this machine. Every question is answered as of that moment.

    Each raises OSError where the system cannot list its addresses (too many files are open).
    """

    wanted: tuple[str, ...] = ()
    """server.interfaces; empty: those of the home, as far as the kernel tells."""

    interfaces: Interfaces = field(default_factory=Interfaces)
    if_inet6: Path = IF_INET6
    adapters: Callable[[], Iterable[ifaddr.Adapter]] = ifaddr.get_adapters
    sources: Callable[[], Iterable[IPv4Address | IPv6Address]] = default_route_sources
    local_name: Callable[[], str | None] = lambda: None
    """Returns the name of this machine under .local, where somebody answers for it."""

    def addresses(self) -> list[IPInterface]:
        """The addresses, without scope, with their prefixes. Those come first that a phone on the
        same network most likely reaches, and for the longest.

        IPv4 goes first: every home network has it, and it makes a shorter code. An IPv6 address
        that is temporary (RFC 8981) or deprecated (RFC 4862, section 5.5.4) is soon gone; a
        unique-local one outlasts the provider's prefix, and every authority of ours covers it.
        """
        return [each.address for each in self._found()]

    def best_address(self) -> IPv4Address | IPv6Address | None:
        """The address for a link: of the interface by which the default route goes, else of any;
        None where there is none that a link can carry."""
        found = [each for each in self._found() if _fits_link(each.address)]
        sources = set(self.sources())
        routed = {each.interface for each in found if each.address.ip in sources}
        best = next((each for each in found if each.interface in routed), None)
        best = best or next(iter(found), None)
        return best.address.ip if best else None

    def missing(self) -> list[str]:
        """The wanted interfaces that this machine does not have."""
        return [each for each in self.wanted if not self.interfaces.exists(each)]

    def set_apart(self) -> list[str]:
        """The interfaces that do not count although they have addresses that a link could carry."""
        names = {each.interface for each in self._all() if _fits_link(each.address)}
        return sorted(name for name in names if not self._counts(name))

    def _counts(self, name: str) -> bool:
        return name in self.wanted if self.wanted else self.interfaces.is_home(name)

    def _found(self) -> list[_Found]:
        every = self._all()
        names = {each.interface for each in every}
        usable = {each for each in names if self._counts(each) and self.interfaces.is_up(each)}
        carrier = {each for each in usable if self.interfaces.has_carrier(each)}

        def reluctance(found: _Found) -> tuple[bool, bool, int, bool, bool]:
            return (
                found.interface not in carrier,
                found.address.ip.is_link_local,
                found.address.version,
                bool(found.flags & _FLEETING),
                found.address.ip not in UNIQUE_LOCAL,
            )

        chosen = (each for each in every if each.interface in usable)
        return sorted((each for each in chosen if not each.flags & _UNUSABLE), key=reluctance)

    def _all(self) -> list[_Found]:
        adapters = list(self.adapters())
        flags = self._flags()  # read afterwards, so that no address lacks them
        return [
            _Found(name, address, flags.get((name, address.ip), 0))
            for adapter in adapters
            # An alias of an IPv4 address is named eth0:1 (getifaddrs(3) gives its IFA_LABEL).
            for name in [adapter.name.partition(":")[0]]
            for address in map(_parsed, adapter.ips)
        ]

    def _flags(self) -> dict[tuple[str, IPv4Address | IPv6Address], int]:
        """The flags of IPv6 addresses; none in a kernel without IPv6."""
        try:
            rows = [line.split() for line in self.if_inet6.read_text().splitlines()]
        except OSError:
            return {}
        # address, interface's number, length of the prefix, scope, flags, interface
        return {
            (row[5], IPv6Address(int(row[0], 16))): int(row[4], 16)
            for row in rows
            if len(row) == _COLUMNS
        }


_COLUMNS = 6


def _fits_link(address: IPInterface) -> bool:
    """A browser's URL cannot carry the scope of a link-local IPv6 address (WHATWG URL, 3.5)."""
    return not (address.ip.is_loopback or (address.version == 6 and address.ip.is_link_local))


def _parsed(found: ifaddr.IP) -> IPInterface:
    address = found.ip if isinstance(found.ip, str) else found.ip[0]
    return ip_interface(f"{address}/{found.network_prefix}")
