"""The names and addresses under which this machine is reached: in links, and in certificates."""

import re
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address

from homecall_appliance.network.home_network import UNIQUE_LOCAL, HomeNetwork

IPAddress = IPv4Address | IPv6Address

_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")


@dataclass(frozen=True)
class Names:
    """What a certificate vouches for: DNS names in lower case (A-labels, RFC 5890) and addresses
    without scope, each once."""

    dns: tuple[str, ...]
    addresses: tuple[IPAddress, ...]
    host: str | IPAddress | None = None
    """The one of them that links carry; None where no certificate can carry it."""


def public_host(configured: str, home: HomeNetwork) -> str:
    """The host that a link carries: a name, or an address without brackets.

    "auto" is the best address of the home, else `<host name>.local`. That name is another one where
    another machine has it already (RFC 6762, section 9). Blocks for as long as `home.local_name`.
    """
    own = _local_name(socket.gethostname())
    address = home.best_address() if configured == "auto" else address_of(configured)
    if address:
        return str(_unscoped(address))
    name = own if configured == "auto" else dns_name(configured) or configured
    return dns_name(home.local_name() or own) or own if name == own else name


def is_connected(configured: str, home: HomeNetwork) -> bool:
    """Whether this machine has an address that a phone may reach. Who configures a host knows."""
    return configured != "auto" or home.best_address() is not None


def home_addresses(home: HomeNetwork) -> list[IPAddress]:
    """The addresses of the home on this machine, without scope, the best first."""
    return [each.ip for each in home.addresses()]


def link_host(host: str) -> str:
    """The host as a URL writes it: an IPv6 address in brackets (RFC 3986, section 3.2.2)."""
    return f"[{host}]" if ":" in host else host


def https_origin(host: str, port: int) -> str:
    """The origin of `host`, as a URL writes it (RFC 6454, section 6.1): "https://192.0.2.7:8443"."""
    return f"https://{host}" if port == 443 else f"https://{host}:{port}"


def certificate_names(
    public_host: str,
    addresses: Iterable[IPAddress],
    *,
    local_name: str | None = None,
    hostname: Callable[[], str] = socket.gethostname,
) -> Names:
    """Everything that the appliance's certificate must vouch for at this moment.

    The host name, its first label, that label under .local, `local_name` (the one under .local that
    is answered for), localhost, `public_host` (a name or an address), and those of `addresses` that
    last. A global IPv6 address changes with the provider's prefix, often once a day, and a
    link-local one no browser can ask for (WHATWG URL, section 3.5): they are in it only where they
    are the link's host. Each new certificate makes everybody who clicked through the browser's
    warning click again.

    A name that the DNS does not allow is left out: no certificate can carry it (RFC 5280, section
    4.2.1.6).
    """
    name = hostname()
    public = address_of(public_host)
    names = [name, name.partition(".")[0], _local_name(name), local_name or "", "localhost"]
    if public is None:
        names.append(public_host)
    loopback: list[IPAddress] = [IPv4Address("127.0.0.1"), IPv6Address("::1")]
    lasting = filter(_lasts, map(_unscoped, addresses))
    every = {*loopback, *lasting, *([_unscoped(public)] if public else [])}
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


def _lasts(address: IPAddress) -> bool:
    return address in UNIQUE_LOCAL or (address.version == 4 and not address.is_link_local)


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
