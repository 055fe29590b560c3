"""Whether the DNS servers of a zone have a record, as an authority will find it."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address

import dns.asyncquery
import dns.asyncresolver
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdata
import dns.rdatatype
import dns.resolver
from dns.rdtypes.ANY.TXT import TXT
from dns.rdtypes.IN.A import A
from dns.rdtypes.IN.AAAA import AAAA

from homecall_appliance.acme.clock import Clock
from homecall_appliance.acme.failures import AcmeError
from homecall_appliance.acme.ports import IPAddress

logger = logging.getLogger(__name__)

INTERVAL = 2.0
"""Seconds between two rounds of questions."""

QUESTION_TIMEOUT = 5.0
"""Seconds for one question."""

BLIND_WAIT = 60.0
"""Seconds that are waited where no DNS server of the zone can be asked: some networks let nobody
ask any but their own."""

MOST_SERVERS = 16
"""How many addresses of DNS servers are asked."""


@dataclass(frozen=True)
class Dns:
    """How questions are asked."""

    resolver: Sequence[str] = ()
    """Addresses of the network's resolver; none: those of resolv.conf(5)."""

    port: int = 53
    """The port of the resolver and of all DNS servers."""

    async def canonical_name(self, name: str) -> str:
        """Follow CNAME records, as an authority does; the name itself where nobody can be asked.

        An owner's provider may have only the zone that such a record leads to.
        """
        try:
            answer = await self._resolver().resolve(name, "TXT", raise_on_no_answer=False)
            return _text(answer.canonical_name)
        except dns.resolver.NXDOMAIN as error:
            return _text(error.canonical_name)
        except (dns.exception.DNSException, OSError):
            return name

    async def servers(self, name: str) -> list[str]:
        """Addresses of the DNS servers of the zone that a name lies in; none where nobody can be
        asked for them, or this machine knows no resolver."""
        try:
            resolver = self._resolver()
            zone = await dns.asyncresolver.zone_for_name(name, resolver=resolver)
            names = [each.target for each in await resolver.resolve(zone, "NS")]
        except (dns.exception.DNSException, OSError):
            return []
        found = await asyncio.gather(
            *(self._addresses(resolver, each, kind) for each in names for kind in ("A", "AAAA"))
        )
        return [address for addresses in found for address in addresses][:MOST_SERVERS]

    async def has(self, server: str, name: str, value: str) -> bool | None:
        """Whether a server's TXT records of a name have this value; None where it cannot be asked.

        The server is asked for what it has itself, not for what it could find out (RFC 1035,
        section 4.1.1: RD).
        """
        records = await self._records(server, name, dns.rdatatype.TXT)
        if records is None:
            return None
        return any(
            isinstance(each, TXT) and b"".join(each.strings) == value.encode() for each in records
        )

    async def addresses(self, server: str, name: str) -> set[IPAddress] | None:
        """The A and AAAA records that a server has of a name; None where it cannot be asked."""
        found = set[IPAddress]()
        for kind in (dns.rdatatype.A, dns.rdatatype.AAAA):
            records = await self._records(server, name, kind)
            if records is None:
                return None
            found |= {ip_address(each.address) for each in records if isinstance(each, A | AAAA)}
        return found

    async def _records(
        self, server: str, name: str, kind: dns.rdatatype.RdataType
    ) -> list[dns.rdata.Rdata] | None:
        query = dns.message.make_query(name, kind)
        query.flags &= ~dns.flags.RD
        try:
            answer, _ = await dns.asyncquery.udp_with_fallback(
                query, server, QUESTION_TIMEOUT, self.port
            )
        except (dns.exception.DNSException, OSError, EOFError):
            return None
        # A refusal is none of the zone's own servers, but of one that a network put in its place.
        if answer.rcode() not in {dns.rcode.NOERROR, dns.rcode.NXDOMAIN}:
            return None
        return [record for each in answer.answer for record in each]

    @staticmethod
    async def _addresses(
        resolver: dns.asyncresolver.Resolver, name: dns.name.Name, kind: str
    ) -> list[str]:
        try:
            return [each.address for each in await resolver.resolve(name, kind)]
        except (dns.exception.DNSException, OSError):
            return []

    def _resolver(self) -> dns.asyncresolver.Resolver:
        resolver = dns.asyncresolver.Resolver(configure=not self.resolver)
        if self.resolver:
            resolver.nameservers = list(self.resolver)
        resolver.port = self.port
        resolver.lifetime = 2 * QUESTION_TIMEOUT
        return resolver


async def wait_for_record(dns_: Dns, clock: Clock, name: str, value: str, within: float) -> None:
    """Return when every DNS server of the zone that answers has a TXT record.

    Raises AcmeError where that takes longer than `within` seconds.
    """
    begin, servers = clock.uptime(), list[str]()
    while True:
        servers = servers or await dns_.servers(name)
        found = await asyncio.gather(*(dns_.has(each, name, value) for each in servers))
        elapsed = clock.uptime() - begin
        if True in found and False not in found:
            return
        if True not in found and False not in found and elapsed >= min(BLIND_WAIT, within):
            logger.info("No DNS server of %s can be asked: the authority is left to find it.", name)
            return
        if elapsed >= within:
            raise AcmeError(
                f"The record {name} has not reached all DNS servers of its zone within "
                f"{within:g} seconds ({found.count(True)} of {len(found)} have it). It is tried "
                "again by itself; where the provider is slow, raise tls.acme.propagation_timeout."
            )
        await clock.sleep(INTERVAL)


def _text(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True).lower()
