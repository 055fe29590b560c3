"""The names and addresses under which this machine is reached."""

import re
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

import ifaddr

IPAddress = IPv4Address | IPv6Address

# TEST-NET-2 (RFC 5737) and the documentation prefix (RFC 3849): in no routing table but by the
# default route, and connecting a datagram socket sends nothing.
_BEYOND_DEFAULT_ROUTE = (
    (socket.AF_INET, "198.51.100.1"),
    (socket.AF_INET6, "2001:db8::1"),
)
_INTERFACES = Path("/sys/class/net")
_POINT_TO_POINT = 0x10  # linux/if.h: IFF_POINTOPOINT

_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")


@dataclass(frozen=True)
class Names:
    """What a certificate vouches for: DNS names in lower case (A-labels, RFC 5890) and addresses
    without scope, each once."""

    dns: tuple[str, ...]
    addresses: tuple[IPAddress, ...]
    host: str | IPAddress | None = None
    """The one of them that links carry; None where no certificate can carry it."""


def public_host(configured: str) -> str:
    """The host that a link carries: a name, or an address without brackets.

    "auto" is the address of this machine on the interface of its default route, else the best
    address of any interface, else `<host name>.local`. That of a tunnel (a VPN, an exit node of
    Tailscale) leads phones at home nowhere: it is taken where there is no other.
    """
    if configured != "auto":
        address = address_of(configured)
        return str(_unscoped(address)) if address else dns_name(configured) or configured
    routed, near = _routed_addresses(), _neighbourly_addresses()
    address = (
        best_address(each for each in routed if each in near)
        or best_address(near)
        or best_address(routed)
        or best_address(interface_addresses())
    )
    return str(address) if address else _local_name(socket.gethostname())


def is_connected(configured: str) -> bool:
    """Whether this machine has an address that a phone may reach. Who configures a host knows."""
    return configured != "auto" or best_address(interface_addresses()) is not None


def link_host(host: str) -> str:
    """The host as a URL writes it: an IPv6 address in brackets (RFC 3986, section 3.2.2)."""
    return f"[{host}]" if ":" in host else host


def https_origin(host: str, port: int) -> str:
    """The origin of `host`, as a URL writes it (RFC 6454, section 6.1): "https://192.0.2.7:8443"."""
    return f"https://{host}" if port == 443 else f"https://{host}:{port}"


def certificate_names(
    public_host: str,
    *,
    hostname: Callable[[], str] = socket.gethostname,
    addresses: Callable[[], Iterable[IPAddress]] | None = None,
) -> Names:
    """Everything that the appliance's certificate must vouch for at this moment.

    The host name, its first label, that label under .local, localhost, every address of every
    interface, and `public_host` (a name or an address). A name that the DNS does not allow is
    left out: no certificate can carry it (RFC 5280, section 4.2.1.6).
    """
    name = hostname()
    public = address_of(public_host)
    names = [name, name.partition(".")[0], _local_name(name), "localhost"]
    if public is None:
        names.append(public_host)
    found = list((addresses or interface_addresses)())
    loopback: list[IPAddress] = [IPv4Address("127.0.0.1"), IPv6Address("::1")]
    every = {_unscoped(each) for each in [*loopback, *found, *([public] if public else [])]}
    return Names(
        dns=tuple(dict.fromkeys(valid for each in names if (valid := dns_name(each)))),
        addresses=tuple(sorted(every, key=lambda each: (each.version, each))),
        host=dns_name(public_host) if public is None else _unscoped(public),
    )


def address_of(host: str) -> IPAddress | None:
    """The address that a host of a URL is, in brackets or not; None where it is a name."""
    try:
        return ip_address(host.removeprefix("[").removesuffix("]"))
    except ValueError:
        return None


def dns_name(name: str) -> str | None:
    """The name as the DNS writes it, in lower case with A-labels; None where it cannot be one
    (RFC 1123, section 2.1)."""
    try:
        ascii_name = name.removesuffix(".").encode("idna").decode("ascii").lower()
    except UnicodeError:
        return None
    fits = len(ascii_name) <= 253 and all(map(_LABEL.fullmatch, ascii_name.split(".")))
    return ascii_name if fits else None


def best_address(addresses: Iterable[IPAddress]) -> IPAddress | None:
    """The address that a phone on the same network most likely reaches; None where there is none.

    IPv4 goes first: every home network has it, and it makes a shorter code. A link-local IPv6
    address is never chosen: a browser's URL cannot carry its scope.
    """

    def reachable(address: IPAddress) -> bool:
        link_local_ipv6 = address.version == 6 and address.is_link_local
        return not (address.is_loopback or address.is_unspecified or link_local_ipv6)

    candidates = filter(reachable, addresses)
    return min(candidates, key=lambda each: (each.is_link_local, each.version), default=None)


def interface_addresses() -> list[IPAddress]:
    """Every address of every interface, loopback too, in the system's order."""
    return [found for each in ifaddr.get_adapters() for found in _addresses(each)]


def _neighbourly_addresses() -> list[IPAddress]:
    """The addresses of the interfaces that have neighbours; those of bridges, as Docker makes them,
    come last."""
    adapters = [each for each in ifaddr.get_adapters() if not _is_tunnel(each.name)]
    adapters.sort(key=lambda each: (_INTERFACES / each.name / "bridge").exists())
    return [found for each in adapters for found in _addresses(each)]


def _is_tunnel(interface: str) -> bool:
    try:
        flags = int((_INTERFACES / interface / "flags").read_text(), 16)
    except OSError:  # gone, or no sysfs here
        return False
    return bool(flags & _POINT_TO_POINT)


def _addresses(adapter: ifaddr.Adapter) -> list[IPAddress]:
    return [ip_address(ip.ip if isinstance(ip.ip, str) else ip.ip[0]) for ip in adapter.ips]


def _routed_addresses() -> list[IPAddress]:
    found = []
    for family, target in _BEYOND_DEFAULT_ROUTE:
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as probe:
                probe.connect((target, 9))
                found.append(ip_address(probe.getsockname()[0]))
        except OSError:  # no route, or a kernel without IPv6
            continue
    return found


def _unscoped(address: IPAddress) -> IPAddress:
    return IPv6Address(int(address)) if isinstance(address, IPv6Address) else address


def _local_name(hostname: str) -> str:
    return dns_name(f"{hostname.partition('.')[0]}.local") or "localhost"


def reachable(listening: str) -> str:
    """Return an address at which this machine reaches a server of its own that listens there.

    For "::" it is IPv4's: `listen` takes both, and a machine whose IPv6 is switched off by sysctl
    (net.ipv6.conf.all.disable_ipv6) still binds to "::" and has no ::1.
    """
    everywhere = ("::", "0.0.0.0")  # noqa: S104 - to ask, not to listen
    return "127.0.0.1" if listening in everywhere else listening
