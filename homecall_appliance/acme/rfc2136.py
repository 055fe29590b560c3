"""An owner's own DNS server, by dynamic updates (RFC 2136) that are signed (RFC 8945: TSIG)."""

import asyncio
import base64
from collections.abc import Sequence
from dataclasses import dataclass

import dns.asyncquery
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.tsig
import dns.update

from homecall_appliance.acme.failures import NETWORK, ProviderError
from homecall_appliance.acme.ports import IPAddress
from homecall_appliance.network.host_lookup import HostLookup

TIMEOUT = 10.0
"""Seconds for one question or update."""

TTL = 60
"""Seconds for which resolvers may keep a record: an address that changes is to be known within
a minute."""

_PORT = 53


@dataclass(frozen=True)
class Key:
    """A TSIG key: its name, its secret in base64, and the algorithm, such as "hmac-sha256"."""

    name: str
    secret: str
    algorithm: str = "hmac-sha1"

    def as_tsig(self) -> dns.tsig.Key:
        """As dnspython has it; ValueError where the name or the secret cannot be one."""
        try:
            name, algorithm = (
                dns.name.from_text(each.lower()) for each in (self.name, self.algorithm)
            )
            return dns.tsig.Key(name, base64.b64decode(self.secret, validate=True), algorithm)
        except dns.exception.DNSException as error:
            raise ValueError(str(error)) from error


class Rfc2136:
    """Records in a zone of a server that takes updates."""

    def __init__(self, nameserver: str, key: Key | None, lookup: HostLookup | None = None) -> None:
        """`nameserver` is "host", "host:port" or "[IPv6 address]:port", which `lookup` finds;
        without a key, updates are not signed."""
        self._nameserver = nameserver
        self._key = key
        self._lookup = lookup or HostLookup()

    async def present(self, name: str, value: str) -> None:
        """See TxtProvider. What another order has left there is replaced."""
        update, owner = await self._update(name)
        update.replace(owner, TTL, "TXT", f'"{value}"')
        await self._send(update, name)

    async def cleanup(self, name: str, value: str) -> None:
        """See TxtProvider."""
        update, owner = await self._update(name)
        update.delete(owner, "TXT", f'"{value}"')
        await self._send(update, name)

    async def set_addresses(self, name: str, addresses: Sequence[IPAddress]) -> None:
        """See AddressProvider. The server makes all changes of an update or none (RFC 2136,
        section 3.7)."""
        update, owner = await self._update(name)
        for kind in ("A", "AAAA"):
            update.delete(owner, kind)
        for each in addresses:
            update.add(owner, TTL, "A" if each.version == 4 else "AAAA", str(each))
        await self._send(update, name)

    async def _update(self, name: str) -> tuple[dns.update.UpdateMessage, dns.name.Name]:
        owner = dns.name.from_text(name)
        update = dns.update.UpdateMessage(await self._zone(owner))
        if self._key:
            update.use_tsig(self._tsig())
        return update, owner

    def _tsig(self) -> dns.tsig.Key:
        assert self._key  # noqa: S101 - for the type checker
        try:
            return self._key.as_tsig()
        except ValueError as error:
            raise ProviderError(
                f"The TSIG key {self._key.name} cannot be used ({error}). RFC2136_TSIG_SECRET in "
                "tls.acme.environment must be the key's secret in base64."
            ) from error

    async def _zone(self, owner: dns.name.Name) -> dns.name.Name:
        """The zone of the server that a name lies in: the owner of the SOA record (RFC 1034,
        section 4.3.4)."""
        name = owner
        while True:
            query = dns.message.make_query(name, dns.rdatatype.SOA)
            query.flags &= ~dns.flags.RD
            answer = await self._ask(query)
            for each in (*answer.answer, *answer.authority):
                if each.rdtype == dns.rdatatype.SOA and owner.is_subdomain(each.name):
                    return each.name
            if name == dns.name.root:
                raise ProviderError(
                    f"The DNS server {self._nameserver} has no zone for {_text(owner)}. Check "
                    "tls.acme.domain, and RFC2136_NAMESERVER in tls.acme.environment: it must be "
                    "the zone's primary server."
                )
            name = name.parent()

    async def _send(self, update: dns.update.UpdateMessage, name: str) -> None:
        answer = await self._ask(update)
        if answer.rcode() == dns.rcode.NOTAUTH and self._key:
            # That of BADKEY (RFC 8945, section 5.2.1), where the answer does not say more.
            raise self._key_refused("it does not know the key")
        if answer.rcode() != dns.rcode.NOERROR:
            raise ProviderError(
                f"The DNS server {self._nameserver} refuses to change {name} "
                f"({dns.rcode.to_text(answer.rcode())}). Let its update policy allow the key to "
                "change TXT, A and AAAA records there."
            )

    async def _ask(self, message: dns.message.Message) -> dns.message.Message:
        """Send a message; ProviderError where there is no answer, or none that is signed well."""
        address, port = await self._address()
        try:
            # A signed update, and its answer, may be too long for a datagram.
            return await dns.asyncquery.tcp(message, address, TIMEOUT, port)
        except (dns.tsig.PeerBadTime, dns.tsig.BadTime) as error:
            raise ProviderError(
                f"The clocks of this machine and of the DNS server {self._nameserver} differ. Set "
                "both right: timedatectl tells whether this one follows the network's time.",
                pauses=NETWORK,
            ) from error
        except (dns.tsig.PeerError, dns.tsig.BadSignature, dns.tsig.BadKey) as error:
            raise self._key_refused(_why(error)) from error
        except (dns.exception.DNSException, OSError, EOFError) as error:
            raise self._unreached(error) from error

    def _key_refused(self, why: str) -> ProviderError:
        return ProviderError(
            f"The DNS server {self._nameserver} does not accept the TSIG key ({why}). "
            "Compare its name, algorithm and secret with those of the server "
            "(RFC2136_TSIG_KEY, _ALGORITHM and _SECRET in tls.acme.environment)."
        )

    async def _address(self) -> tuple[str, int]:
        host, port = split(self._nameserver)
        try:
            async with asyncio.timeout(TIMEOUT):
                found = await self._lookup.addresses(host)
        except OSError as error:  # TimeoutError is one
            raise self._unreached(error) from error
        return found[0][1], port

    def _unreached(self, error: Exception) -> ProviderError:
        return ProviderError(
            f"The DNS server {self._nameserver} gives no answer ({_why(error)}). It is tried again "
            "by itself; check that it runs, that it takes TCP, and RFC2136_NAMESERVER in "
            "tls.acme.environment.",
            pauses=NETWORK,
        )


def split(nameserver: str) -> tuple[str, int]:
    """Return host and port of "host", "host:port", "[address]:port" or an address.

    Raises ValueError for a port that is none.
    """
    if nameserver.endswith("]") or (nameserver.count(":") > 1 and not nameserver.startswith("[")):
        return nameserver.strip("[]"), _PORT
    host, colon, port = nameserver.rpartition(":")
    return (host.strip("[]"), int(port)) if colon else (nameserver, _PORT)


def _text(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True)


def _why(error: Exception) -> str:
    return str(error).rstrip(".") or type(error).__name__
