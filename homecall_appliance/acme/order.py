"""An order, from its beginning to a certificate with its key (RFC 8555, section 7.4)."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from homecall_appliance.acme.account import Account
from homecall_appliance.acme.authority import Authority, Problem, described, text_of
from homecall_appliance.acme.challenges import Challenge, Solver, choose, failure
from homecall_appliance.acme.clock import Clock
from homecall_appliance.acme.failures import AcmeError
from homecall_appliance.acme.http import Answer
from homecall_appliance.acme.jose import encode, private_pem
from homecall_appliance.certificates.pem import certificates_in

logger = logging.getLogger(__name__)

PATIENCE = 300.0
"""Seconds within which an authority must come to an end with a challenge, or with a certificate."""

PARTING = 3.0
"""Seconds for taking an answer away while the daemon ends."""

SHORTEST_POLL, LONGEST_POLL = 1.0, 30.0
"""Seconds between two questions how far it is; what an authority asks for beyond is not kept."""

_WHATEVER_IS_REPLACED = {"rateLimited", "accountDoesNotExist", "serverInternal", "invalidProfile"}
"""Refusals that have nothing to do with the certificate that is to be replaced."""


@dataclass(frozen=True)
class Wanted:
    """What is ordered."""

    domain: str
    profile: str = ""
    """The kind of certificate; "" is the authority's choice."""

    replaces: str | None = None
    """The certificate that it takes the place of (RFC 9773, section 5): authorities do not count
    such an order."""


@dataclass(frozen=True)
class Order:
    """One that an authority has taken."""

    url: str
    document: Mapping[str, Any]
    wanted: Wanted


class Orders:
    """What an account orders at an authority."""

    def __init__(
        self, authority: Authority, account: Account, solver: Solver, clock: Clock
    ) -> None:
        self._authority = authority
        self._account = account
        self._solver = solver
        self._clock = clock

    async def begin(self, wanted: Wanted) -> Order:
        """Place an order; Problem where it is refused.

        Where only the profile or the replaced certificate is refused, it is ordered without. What
        is no word of an authority's, such as a proxy's "503", refuses neither.
        """
        try:
            return await self._begin(wanted)
        except Problem as problem:
            if wanted.profile and problem.kind == "invalidProfile":
                return await self.begin(replace(wanted, profile=""))
            if not wanted.replaces or not problem.kind or problem.kind in _WHATEVER_IS_REPLACED:
                raise
            logger.info("It is ordered as a new certificate: %s", problem)
            return await self.begin(replace(wanted, replaces=None))

    async def complete(self, order: Order) -> bytes:
        """Meet an order's challenges; return PEM: a new private key, the certificate with its
        chain. Raises AcmeError."""
        domain = order.wanted.domain
        authorizations = order.document.get("authorizations")
        for url in authorizations if isinstance(authorizations, list) else []:
            await self._authorize(str(url), domain)
        document = await self._poll(order.url, {"pending"})
        if document.get("status") == "ready":
            key = ec.generate_private_key(ec.SECP256R1())
            await self._post(text_of(document, "finalize"), {"csr": encode(_request(key, domain))})
            document = await self._poll(order.url, {"ready", "processing"})
            if document.get("status") == "valid":
                answer = await self._post(text_of(document, "certificate"), None)
                return private_pem(key) + _checked(answer, key, domain)
        kind, detail = described(document.get("error"))
        raise AcmeError(
            f"{self._authority.host} has ended the order of a certificate for {domain} "
            f"({detail or kind or document.get('status')}). It is tried again by itself."
        )

    async def _begin(self, wanted: Wanted) -> Order:
        directory = await self._authority.directory()
        identifier = {"type": "dns", "value": wanted.domain}
        request: dict[str, Any] = {"identifiers": [identifier]}
        if wanted.profile:
            request["profile"] = wanted.profile
        if wanted.replaces:
            request["replaces"] = wanted.replaces
        answer = await self._post(directory.new_order, request)
        document = answer.json()
        if not isinstance(document, dict) or not (url := answer.headers.get("Location")):
            raise AcmeError(f"{self._authority.host} does not say where the order is.")
        return Order(url, document, wanted)

    async def _authorize(self, url: str, domain: str) -> None:
        authorization = (await self._post(url, None)).json()
        if text_of(authorization, "status") == "valid":
            return  # from an earlier order
        challenge = choose(authorization, domain, self._solver, self._account.key)
        try:
            await self._solver.present(challenge)
            await self._post(challenge.url, {})
            found = await self._poll(url, {"pending"})
        finally:
            await self._cleanup(challenge)
        if found.get("status") != "valid":
            raise failure(found, domain, self._solver)

    async def _cleanup(self, challenge: Challenge) -> None:
        """Take the answer away; what is left does no harm. A daemon that ends takes the time for
        it, but not for a program of the owner's that hangs."""
        task = asyncio.current_task()
        ends = task is not None and task.cancelling() > 0
        try:
            async with asyncio.timeout(PARTING if ends else None):
                await self._solver.cleanup(challenge)
        except (AcmeError, TimeoutError) as error:
            logger.info("The answer to the challenge stays where it is: %s", error)

    async def _poll(self, url: str, waiting: set[str]) -> Mapping[str, Any]:
        """Return what there is at a URL when its status is no longer one of these."""
        begin = self._clock.uptime()
        while True:
            answer = await self._post(url, None)
            document = answer.json()
            if text_of(document, "status") not in waiting:
                return dict(document)
            if self._clock.uptime() - begin > PATIENCE:
                raise AcmeError(
                    f"{self._authority.host} does not come to an end with the certificate. It is "
                    "tried again by itself."
                )
            pause = max(answer.retry_after or 0.0, SHORTEST_POLL)
            await self._clock.sleep(min(pause, LONGEST_POLL))

    async def _post(self, url: str, payload: Mapping[str, Any] | None) -> Answer:
        return await self._authority.post(url, payload, self._account.key, self._account.url)


def _request(key: ec.EllipticCurvePrivateKey, domain: str) -> bytes:
    """A certificate signing request for a name (RFC 2986), in DER."""
    alternatives = x509.SubjectAlternativeName([x509.DNSName(domain)])
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    signed = builder.add_extension(alternatives, critical=False).sign(key, hashes.SHA256())
    return signed.public_bytes(Encoding.DER)


def _checked(answer: Answer, key: ec.EllipticCurvePrivateKey, domain: str) -> bytes:
    """Return the chain that an authority has sent, without what may stand around it; AcmeError
    where it is of no use (RFC 8555, section 7.4.2)."""
    try:
        chain = certificates_in(answer.body)
        ours = chain[0].public_key() == key.public_key() and is_for(chain[0], domain)
    except ValueError:
        ours = False
    if not ours:
        raise AcmeError(
            f"The authority has sent another certificate than the one for {domain} that was "
            "ordered. It is tried again; if it stays so, take another (tls.acme.directory)."
        )
    return b"".join(each.public_bytes(Encoding.PEM) for each in chain)


def is_for(certificate: x509.Certificate, domain: str) -> bool:
    """Whether a certificate names a domain; ValueError where it cannot be read."""
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return False
    return domain in [each.lower() for each in found.value.get_values_for_type(x509.DNSName)]
