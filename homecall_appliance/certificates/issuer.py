"""The certificates of the issuers that a client is sent, and whether browsers take them. PURE.

By whom (looked up in November 2026): Chromium and Android (BoringSSL's
pki/verify_certificate_chain.cc) and Firefox (mozilla::pkix, pkixcheck.cpp and
pkixnames.cpp).
"""

from collections.abc import Callable, Iterator
from datetime import datetime

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from homecall_appliance.certificates.complaints import Complaint, Remedy, day, doubt, fault, notice
from homecall_appliance.certificates.constraints import permits
from homecall_appliance.certificates.pem import extension_of, is_issued_by
from homecall_appliance.certificates.served_names import names_of


def complaints_of_issuer(
    issuer: x509.Certificate,
    leaf: x509.Certificate,
    place: int,
    file: str,
    *,
    now: datetime,
    remedy: Remedy,
) -> Iterator[Complaint]:
    """Judge the certificate of an issuer that was found in this file: at place 1 that of the
    leaf's, at 2 that of the issuer's issuer and so on; `remedy` tells what is to be done."""
    yield from _validity(issuer, place, file, now, remedy)
    name = common_name(issuer.subject)
    if not _may_issue(issuer):
        yield fault(
            f"{name}, which has issued the certificate, is no authority, so every browser refuses "
            "it. Get one of an authority."
        )
    # A root of the file is not looked at by all: a phone has its own copy.
    certain = place == 1 and not is_issued_by(issuer, issuer)
    yield from _usage(issuer, name, fault if certain else doubt)
    yield from _constraints(issuer, leaf, name, fault if certain else doubt)


def _validity(
    issuer: x509.Certificate, place: int, file: str, now: datetime, remedy: Remedy
) -> Iterator[Complaint]:
    name = common_name(issuer.subject)
    begin, end = issuer.not_valid_before_utc, issuer.not_valid_after_utc
    # Further up it may be a cross-signed one, which browsers do without.
    if now > end:
        sentence = (
            f"The certificate of {name} in {file} has expired on {day(end)}. The present one "
            f"comes with a new certificate. {remedy.renew}"
        )
        yield fault(sentence) if place == 1 else notice(sentence)
    elif now < begin:
        sentence = (
            f"The certificate of {name} in {file} is valid only from {day(begin)}, and the clock "
            f"says {day(now)}. Set the clock: timedatectl shows it. If it is right: {remedy.renew}"
        )
        yield doubt(sentence) if place == 1 else notice(sentence)


def _may_issue(issuer: x509.Certificate) -> bool:
    constraints = extension_of(issuer, x509.BasicConstraints)
    if constraints is None:
        return issuer.version is x509.Version.v1  # an old root
    return constraints.ca


def _usage(
    issuer: x509.Certificate, name: str, refused: Callable[[str], Complaint]
) -> Iterator[Complaint]:
    usage = extension_of(issuer, x509.KeyUsage)
    if usage is not None and not usage.key_cert_sign:
        yield refused(
            f"{name}, which has issued the certificate, may sign no certificates (its key usage "
            "lacks keyCertSign), so browsers refuse it. Get one of another authority."
        )
    extended = extension_of(issuer, x509.ExtendedKeyUsage)
    if extended is None or ExtendedKeyUsageOID.SERVER_AUTH in extended:
        return
    if ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE in extended:
        refused = doubt  # by Firefox, and not by Chromium
    yield refused(
        f"{name}, which has issued the certificate, may issue none for servers (its extended key "
        "usage lacks serverAuth), so browsers refuse it. Get one of another authority."
    )


def _constraints(
    issuer: x509.Certificate,
    leaf: x509.Certificate,
    name: str,
    refused: Callable[[str], Complaint],
) -> Iterator[Complaint]:
    constraints = extension_of(issuer, x509.NameConstraints)
    if constraints is None:
        return
    names = names_of(leaf)
    outside = [
        str(each) for each in (*names.dns, *names.addresses) if not permits(constraints, each)
    ]
    if outside:
        yield refused(
            f"{name} may issue no certificate for {', '.join(outside)} (its name constraints), so "
            "browsers refuse the whole of it. Get one without that, or of another authority."
        )


def common_name(name: x509.Name) -> str:
    """What an authority is called."""
    found = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(found[0].value) if found else name.rfc4514_string()
