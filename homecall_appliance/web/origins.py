"""Which web pages may use signaling: those of the appliance itself, and those that the owner names
(protocol.md, section 1).

It is not enough that a page's origin is the host that the request names: whoever owns a name can
let it lead to the appliance's address (DNS rebinding), and both would be his.
"""

import logging
import re
from collections.abc import Callable, Collection, Iterable
from typing import NamedTuple

from homecall_appliance.certificates.served_names import bears
from homecall_appliance.network.addresses import IPAddress, Names, address_of, dns_name
from homecall_appliance.signaling.rate_limit import Pace

log = logging.getLogger(__name__)

COMPLAINTS_RATE, COMPLAINTS_BURST = 1 / 60, 5
"""Refusals that the journal tells of, a second and at once."""

_DEFAULT_PORTS = {"http": 80, "https": 443}
_ORIGIN = re.compile(r"(https?)://([a-z0-9._-]{1,253}|\[[0-9a-f:.]{2,45}\])(?::([0-9]{1,5}))?")
_HOST_PORT = re.compile(r":([0-9]{1,5})$")


class _Origin(NamedTuple):
    """Scheme, host and port (RFC 6454, section 4); a default port is as good as none."""

    scheme: str
    host: str | IPAddress
    port: int

    @classmethod
    def of(cls, text: str) -> "_Origin | None":
        match = _ORIGIN.fullmatch(text.lower())
        if match is None:
            return None
        scheme, host, port = match.groups()
        return cls(scheme, host_of(host), int(port) if port else _DEFAULT_PORTS[scheme])


def host_of(text: str) -> str | IPAddress:
    """Return the address that a host of a URL is, else its name as the DNS compares it."""
    return address_of(text) or dns_name(text) or text


class Origins:
    """Judges the header Origin (RFC 6455, section 10.2)."""

    def __init__(
        self,
        names: Callable[[], Names],
        link_host: Callable[[], str],
        ports: Collection[int],
        further: Iterable[str],
        clock: Callable[[], float],
    ) -> None:
        """`names` returns those of the certificate, `link_host` the host in links; `ports` are
        those of the appliance's own pages, `further` are origins that the owner names. `clock`
        returns monotonic seconds."""
        self._names = names
        self._link_host = link_host
        self._ports = frozenset(ports)
        self._further = frozenset(map(_Origin.of, further))
        self._clock = clock
        self._complaints = Pace(COMPLAINTS_RATE, COMPLAINTS_BURST)

    def allows(self, origin: str, host: str) -> bool:
        """Whether a page may come; `host` is the header Host, of which only the port counts: a
        router or a proxy may have mapped it."""
        asking = _Origin.of(origin)
        if asking is not None and (asking in self._further or self._is_own(asking, host)):
            return True
        self._complain(origin if asking else None)
        return False

    def _is_own(self, origin: _Origin, host: str) -> bool:
        named = _HOST_PORT.search(host)
        ports = self._ports | {int(named[1]) if named else _DEFAULT_PORTS["https"]}
        return origin.scheme == "https" and origin.port in ports and self._serves(origin.host)

    def _serves(self, host: str | IPAddress) -> bool:
        return host == host_of(self._link_host()) or bears(self._names(), host)

    def _complain(self, origin: str | None) -> None:
        """Name an origin that is written as one; of anything else nothing is repeated."""
        if self._complaints.allows(None, self._clock()):
            log.warning(
                "A web page of %s was refused: it is not the appliance's own. If it is yours, name "
                "its address in server.allowed_origins.",
                origin or "an address that is none",
            )
