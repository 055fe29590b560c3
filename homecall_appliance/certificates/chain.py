"""The certificates that a client is sent besides the server's own. PURE.

A client knows roots, and needs what is between one of them and the server's certificate (RFC 8446,
section 4.4.2). Some fetch what is missing by themselves, as Chromium on computers does, or know
the public intermediates, as Firefox does; many phones do neither.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from cryptography import x509

from homecall_appliance.certificates.complaints import Complaint, Remedy, doubt, notice
from homecall_appliance.certificates.issuer import common_name, complaints_of_issuer
from homecall_appliance.certificates.pem import extension_of, is_issued_by


def complaints_of_chain(
    path: Sequence[x509.Certificate],
    found: Sequence[x509.Certificate],
    file: str,
    now: datetime,
    remedy: Remedy,
) -> Iterator[Complaint]:
    """Judge the leaf, its issuer and so on, as far as the certificates go that were found in this
    file in this order; `remedy` tells what is to be done."""
    if len(path) == 1:
        yield from _issuer(path[0], len(found) == 1, file, remedy)
    for place, each in enumerate(path[1:], 1):
        yield from complaints_of_issuer(each, path[0], place, file, now=now, remedy=remedy)
    places = [found.index(each) for each in path]
    if places != sorted(places) or places[0] != 0:
        yield notice(
            f"The certificates in {file} are in the wrong order. Write the server's own first, "
            "then that of its issuer; the appliance sends them in that order meanwhile."
        )


def _issuer(leaf: x509.Certificate, alone: bool, file: str, remedy: Remedy) -> Iterator[Complaint]:
    name = common_name(leaf.issuer)
    if is_issued_by(leaf, leaf):
        yield doubt(
            'The certificate is signed by itself, so every browser warns. Set tls.mode to "local-ca'
            '", whose authority phones can be asked to trust, or get one of an authority.'
        )
        return
    append = f"Append the certificate of its issuer, {name}, to {file}"
    usual = "certbot's fullchain.pem and lego's .crt file have it"
    if not alone:
        yield doubt(
            f"None of the certificates that follow the server's in {file} is of its issuer, "
            f"{name}, so many phones refuse it. "
            + (remedy.complete or f"{append} in place of them: {usual}.")
        )
    elif _is_public(leaf) or _issuer_is_issued(leaf):
        yield doubt(
            f"The intermediate certificate is missing: {file} has the server's alone, which many "
            "phones refuse. " + (remedy.complete or f"{append}: {usual}.")
        )
    elif _issuer_is_issued(leaf) is None:
        yield notice(
            f"{file} has the server's certificate alone. Phones that trust {name} itself take it, "
            "others refuse it. " + (remedy.complete or f"{append}, and it holds for both.")
        )


_PUBLIC_POLICIES = "2.23.140.1.2."
"""What CA/Browser Forum's Baseline Requirements (section 7.1.6.1) have every public authority
write into each certificate: domain-validated and so on."""


def _is_public(leaf: x509.Certificate) -> bool:
    """Whether a public authority has issued it. Those always do so by an intermediate."""
    policies = extension_of(leaf, x509.CertificatePolicies)
    by_policy = any(
        each.policy_identifier.dotted_string.startswith(_PUBLIC_POLICIES) for each in policies or ()
    )
    return by_policy or any(
        isinstance(each.value, x509.PrecertificateSignedCertificateTimestamps)
        for each in leaf.extensions
    )


def _issuer_is_issued(leaf: x509.Certificate) -> bool | None:
    """Whether its issuer's certificate is that of another issuer, so no root; None: it does not
    say (RFC 5280, section 4.2.1.1, authorityCertIssuer)."""
    key = extension_of(leaf, x509.AuthorityKeyIdentifier)
    if key is None:
        return None
    names = [
        each.value
        for each in key.authority_cert_issuer or ()
        if isinstance(each, x509.DirectoryName)
    ]
    return leaf.issuer not in names if names else None
