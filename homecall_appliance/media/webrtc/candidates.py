"""Which ICE candidates of a phone are tried: one filter for those in its answer and those that
trickle in (protocol.md, section 10).

Each one that is tried has STUN requests sent to it which a stranger has chosen the address for, so
what he may choose is little (RFC 8445, section 19.5.1). Pure: what this machine is, is an argument,
and a name is looked up by the caller.
"""

import re
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, replace
from ipaddress import (
    IPv4Address,
    IPv4Interface,
    IPv4Network,
    IPv6Address,
    IPv6Interface,
    ip_address,
)

MAX_CANDIDATES = 32
"""Addresses with a port that a call tries, whichever of its peers: a phone has about ten. The rest
of them is not missed: a phone that can be reached mostly reaches us, and then is peer-reflexive.
See `CandidateFilter.renew` for a phone that changes its network again and again."""

MAX_NAMES = 4
"""Those of them that are names, each of which costs a multicast query."""

MAX_PORTS = 8
"""Ports of one address that a peer tries. A phone has one on each of its addresses, or one for each
section; a relay one for each of its URLs and each interface of the phone."""

RENEWAL = 10.0
"""Seconds between two times at which a filter forgets what was tried."""

LOWEST_PORT = 1024
"""No phone and no NAT takes the ports below, which belong to services (RFC 6335, section 6)."""

MAX_LENGTH = 512
"""Characters of a candidate's line."""

Address = IPv4Address | IPv6Address
Interface = IPv4Interface | IPv6Interface
"""An address of this machine, with the length of its network's prefix."""

_THIS_NETWORK = IPv4Network("0.0.0.0/8")  # RFC 1122, section 3.2.1.3
_NAME = re.compile(r"[a-z0-9-]{1,63}\.local", re.ASCII | re.IGNORECASE)
_NUMBER = re.compile(r"[0-9]{1,10}")
_TYPES = frozenset({"host", "srflx", "relay"})


@dataclass(frozen=True)
class RemoteCandidate:
    """A candidate as the phone sent it (W3C WebRTC 1.0, RTCIceCandidateInit)."""

    candidate: str
    sdp_mid: str | None
    sdp_m_line_index: int | None


@dataclass(frozen=True)
class Candidate:
    """What is used of a candidate (RFC 8839, section 5.1): UDP, component 1."""

    host: Address | str
    """An address without scope, or an mDNS name in lower case."""

    port: int
    priority: int
    type: str
    """"host", "srflx" or "relay"."""


def parse(line: str) -> Candidate | None:
    """Read a candidate; None for one that is malformed, or of a kind that is never tried.

    Any attributes may stand before the type. The foundation is not read: no pair is frozen for it.
    """
    fields = line.strip().removeprefix("candidate:").split() if len(line) <= MAX_LENGTH else []
    if len(fields) < 8:
        return None
    _, component, transport, priority, host, port, *rest = fields
    kind = dict(zip(rest[::2], rest[1::2], strict=False)).get("typ")
    where = _host(host)
    if (
        (component, transport.lower()) != ("1", "udp")
        or kind not in _TYPES
        or where is None
        or not (_NUMBER.fullmatch(priority) and _NUMBER.fullmatch(port))
        or not LOWEST_PORT <= int(port) <= 0xFFFF
        or not 0 < int(priority) < 1 << 31
    ):
        return None
    return Candidate(where, int(port), int(priority), kind)


@dataclass(frozen=True)
class Machine:
    """The addresses of this machine at one moment, as far as they decide what is tried."""

    own: Collection[Interface] = ()
    """All of them."""

    offered: Collection[Address] | None = None
    """Those that phones may get; None: all."""

    def bars(self, address: Address) -> bool:
        """Whether nothing is sent to an address: it is none of one other machine, or of one in a
        network by which phones do not come.

        A link-local address of IPv6 is of no use without a scope, and the phone's is not ours
        (RFC 4007, section 11.2).
        """
        return (
            address.is_loopback
            or address.is_unspecified
            or address.is_multicast
            or address.is_reserved  # with it 255.255.255.255
            or address in _THIS_NETWORK
            or (isinstance(address, IPv6Address) and address.is_link_local)
            or any(_is_own(address, each) for each in self.own)
            or self._is_elsewhere(address)
        )

    def _is_elsewhere(self, address: Address) -> bool:
        """Whether it lies in a network of containers, or of a VPN, that phones do not come by: the
        kernel would lead the datagrams of any socket there."""
        near = [each for each in self.own if address in each.network]
        offered = self.offered
        return offered is not None and bool(near) and not any(_plain(n.ip) in offered for n in near)


def _is_own(address: Address, interface: Interface) -> bool:
    """Whether it is this machine's, or all machines' of its network."""
    return address == _plain(interface.ip) or (
        isinstance(interface, IPv4Interface)
        and interface.network.prefixlen < 31  # RFC 3021
        and address == interface.network.broadcast_address
    )


class CandidateFilter:
    """Decides which candidates are tried in one call, by all of its peers together."""

    def __init__(self) -> None:
        self._names: set[tuple[str, int]] = set()
        self._tried: set[tuple[Address, int]] = set()
        self._ports: defaultdict[Address, set[int]] = defaultdict(set)
        """The ports of each address that the latest peer tries."""
        self._renewed = float("-inf")

    def begin_peer(self) -> None:
        """Take note that the call has another peer, to which the phone has other ports."""
        self._ports.clear()

    def renew(self, now: float) -> None:
        """Forget what was tried, for a phone that was connected gets another offer.

        Whenever its page is loaded again or its network is another one, it has other ports; and
        where a firewall or a NAT stands before us, it is found by its candidates only. It has shown
        by the connection that it is a phone. `now` is monotonic seconds; see RENEWAL.
        """
        if now - self._renewed >= RENEWAL:
            self._renewed = now
            self._names.clear()
            self._tried.clear()
            self._ports.clear()

    def admits(self, candidate: Candidate, machine: Machine) -> bool:
        """Whether a candidate may be tried, or its name looked up; it counts, but only once.

        A phone on this machine is found as peer-reflexive.
        """
        if not isinstance(candidate.host, str):
            most = MAX_CANDIDATES - len(self._names)
            return self._takes(candidate.host, candidate.port, machine, most)
        named = candidate.host, candidate.port
        if named in self._names:
            return True
        if len(self._names) >= MAX_NAMES or len(self._names) + len(self._tried) >= MAX_CANDIDATES:
            return False
        self._names.add(named)
        return True

    def resolved(
        self, candidate: Candidate, address: Address, machine: Machine
    ) -> Candidate | None:
        """Return an admitted candidate with the address that its name stands for.

        None where that address may not be tried.
        """
        host = _plain(address)
        if self._takes(host, candidate.port, machine, MAX_CANDIDATES):
            return replace(candidate, host=host)
        return None

    def _takes(self, host: Address, port: int, machine: Machine, most: int) -> bool:
        """Whether a port may be tried, of which there are at most `most`."""
        if machine.bars(host):
            return False
        tried, ports = (host, port), len(self._ports.get(host, ()))
        if tried not in self._tried and (ports >= MAX_PORTS or len(self._tried) >= most):
            return False
        self._tried.add(tried)
        self._ports[host].add(port)
        return True


def _host(text: str) -> Address | str | None:
    """Read an address or an mDNS name. Any other name is never looked up: a stranger chose it."""
    if _NAME.fullmatch(text):
        return text.lower()
    try:
        return _plain(ip_address(text))
    except ValueError:
        return None


def _plain(address: Address) -> Address:
    """Return the address without its scope; an IPv4-mapped one is one of IPv4."""
    if isinstance(address, IPv6Address):
        return address.ipv4_mapped or IPv6Address(int(address))
    return address
