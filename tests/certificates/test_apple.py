"""What Apple demands of the certificates of servers (support.apple.com/103769 and 102028, and for
App Transport Security developer.apple.com, "Preventing insecure network connections"; looked up in
November 2026): each demand by its name, of what our own authority issues, and of an owner's."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from homecall_appliance.certificates.authority import RELEASED, issue, make_authority
from homecall_appliance.certificates.judge import judge
from homecall_appliance.certificates.pem import PemFile
from homecall_appliance.network.addresses import Names
from tests.support.certificate_table import CERTIFICATES
from tests.support.owner_world import NAME, PEM, Kept, Owner, pem, rsa_key
from tests.support.tls_world import HOME, TODAY

Chain = tuple[x509.Certificate, ...]
"""The server's certificate, its issuer's, and so on to the root."""

SHA_2 = (hashes.SHA224, hashes.SHA256, hashes.SHA384, hashes.SHA512)
OWNER = Owner()


def keys_are_large(chain: Chain) -> bool:
    """RSA keys of 2048 bits or more, of the server and of the authorities; for App Transport
    Security, elliptic-curve keys of 256 bits or more."""
    keys = [each.public_key() for each in chain]
    return all(
        key.key_size >= (2048 if isinstance(key, rsa.RSAPublicKey) else 256)
        for key in keys
        if isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey)
    ) and all(isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey) for key in keys)


def signed_with_sha_2(chain: Chain) -> bool:
    """A hash algorithm of the SHA-2 family, of the server and of the authorities."""
    return all(isinstance(each.signature_hash_algorithm, SHA_2) for each in chain)


def names_in_alternatives(chain: Chain) -> bool:
    """The server's DNS name in the extension subjectAltName."""
    found = chain[0].extensions
    try:
        names = found.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return False
    return bool(names.get_values_for_type(x509.DNSName))


def for_servers(chain: Chain) -> bool:
    """An extended key usage with id-kp-serverAuth."""
    try:
        usage = chain[0].extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return False
    return ExtendedKeyUsageOID.SERVER_AUTH in usage


def at_most_825_days(chain: Chain) -> bool:
    """A validity of 825 days or fewer, by notBefore and notAfter. That of authorities is not
    limited."""
    leaf = chain[0]
    return leaf.not_valid_after_utc - leaf.not_valid_before_utc <= timedelta(days=825)


DEMANDS = (
    keys_are_large,
    signed_with_sha_2,
    names_in_alternatives,
    for_servers,
    at_most_825_days,
)


def longer_than_825_days() -> Kept:
    return OWNER.pair(begin=-1, end=826)


def an_issuer_of_1024_bits() -> Kept:
    weak = rsa_key(1024)
    sub = OWNER.sign("Sub", weak, "Root", OWNER.root_key, ca=True).public_bytes(PEM)
    key = ec.generate_private_key(ec.SECP256R1())
    return Kept(OWNER.leaf(key=key, issuer_key=weak)[0] + sub, pem(key))


def an_issuer_with_ed25519() -> Kept:
    other = ed25519.Ed25519PrivateKey.generate()
    sub = OWNER.sign("Sub", other, "Root", OWNER.root_key, ca=True).public_bytes(PEM)
    key = ec.generate_private_key(ec.SECP256R1())
    return Kept(OWNER.leaf(key=key, issuer_key=other, digest=None)[0] + sub, pem(key))


def signed_with_sha_3() -> Kept:
    return OWNER.pair(digest=hashes.SHA3_256())


VIOLATIONS: Mapping[str, tuple[Callable[[Chain], bool], Callable[[], Kept]]] = {
    "RSA 1024": (keys_are_large, CERTIFICATES["RSA 1024"][0]),
    "an issuer's RSA 1024": (keys_are_large, an_issuer_of_1024_bits),
    "Ed25519": (keys_are_large, CERTIFICATES["Ed25519"][0]),
    "SHA-1": (signed_with_sha_2, CERTIFICATES["SHA-1"][0]),
    "an issuer's SHA-1": (signed_with_sha_2, CERTIFICATES["intermediate with SHA-1"][0]),
    "an issuer's Ed25519": (signed_with_sha_2, an_issuer_with_ed25519),
    "SHA-3": (signed_with_sha_2, signed_with_sha_3),
    "a common name alone": (names_in_alternatives, CERTIFICATES["no names"][0]),
    "for nothing said": (for_servers, CERTIFICATES["for nothing said"][0]),
    "for clients": (for_servers, CERTIFICATES["for clients"][0]),
    "826 days": (at_most_825_days, longer_than_825_days),
}


def chain_of(content: bytes) -> Chain:
    return tuple(x509.load_pem_x509_certificates(content))


@pytest.mark.parametrize("demand", DEMANDS, ids=lambda demand: demand.__name__)
@pytest.mark.parametrize(
    ("made", "issued"),
    [
        (TODAY, TODAY),
        (TODAY, TODAY + timedelta(days=4 * 365)),
        (TODAY, TODAY + timedelta(days=9 * 365)),
        (RELEASED - timedelta(days=57 * 365), TODAY),
    ],
    ids=["at once", "years later", "by a clock that is ahead", "made in 1970"],
)
def test_our_own_authority_keeps_it(
    demand: Callable[[Chain], bool], made: datetime, issued: datetime
) -> None:
    authority = make_authority(HOME, made)
    leaf = issue(authority, HOME, issued)
    assert demand((leaf.certificate, authority.intermediate.certificate, authority.root))


def test_it_keeps_what_is_demanded_of_public_authorities_as_well() -> None:
    """398 days (support.apple.com/102028), which is not demanded of an authority that a person has
    added. One that is called by an address alone has that in its alternative names."""
    only = Names(dns=(), addresses=HOME.addresses)
    leaf = issue(make_authority(HOME, TODAY), only, TODAY).certificate
    assert leaf.not_valid_after_utc - leaf.not_valid_before_utc < timedelta(days=398)
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert set(names.get_values_for_type(x509.IPAddress)) == set(HOME.addresses)


@pytest.mark.parametrize("case", VIOLATIONS)
def test_an_owner_is_told_of_a_certificate_that_violates_it(case: str) -> None:
    demand, make = VIOLATIONS[case]
    kept = make()
    assert not demand(chain_of(kept.chain))
    others = [each for each in DEMANDS if each is not demand]
    assert case in ("Ed25519", "an issuer's Ed25519") or all(
        each(chain_of(kept.chain)) for each in others
    ), "the one that is told may be another"
    verdict = judge(PemFile("/c", kept.chain), PemFile("/k", kept.key), OWNER.now, NAME)
    assert verdict.problem
    assert "Get " in verdict.problem


def test_every_demand_is_violated_by_one() -> None:
    assert {demand for demand, _ in VIOLATIONS.values()} == set(DEMANDS)


def test_an_owners_good_one_keeps_all() -> None:
    assert all(demand(chain_of(OWNER.pair().chain)) for demand in DEMANDS)
