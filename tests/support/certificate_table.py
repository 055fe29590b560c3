"""Pairs of certificate and key of all kinds, and what is to be said of them."""

from collections.abc import Callable
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
)
from cryptography.x509.oid import ExtendedKeyUsageOID

from homecall_appliance.certificates.judge import Grade
from tests.support.owner_world import NAME, PEM, Kept, Owner, common_name, pem, rsa_key

GOOD, DOUBTFUL, REFUSED = Grade.GOOD, Grade.DOUBTFUL, Grade.REFUSED
CLIENT_AUTH = ExtendedKeyUsageOID.CLIENT_AUTH

OWNER = Owner()
LEAF, KEY = OWNER.leaf()
ROOT = OWNER.root.public_bytes(PEM)


def root(**how: Any) -> bytes:
    made = OWNER.sign("Root", OWNER.root_key, "Root", OWNER.root_key, ca=True, **how)
    return made.public_bytes(PEM)


def alone(*extensions: x509.ExtensionType) -> Kept:
    return Kept(*OWNER.leaf(extensions=extensions))


def with_intermediate(**how: object) -> Kept:
    return Kept(LEAF + OWNER.intermediate(**how).public_bytes(PEM), KEY)


def issued_by(name: str) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier(b"k", [x509.DirectoryName(common_name(name))], 7)


def self_signed(**how: Any) -> Kept:
    key = ec.generate_private_key(ec.SECP256R1())
    return Kept(*OWNER.leaf(key=key, issuer="leaf", issuer_key=key, **how))


def only_for(name: str) -> x509.NameConstraints:
    return x509.NameConstraints([x509.DNSName(name)], None)


def dsa_key() -> dsa.DSAPrivateKey:
    return dsa.generate_private_key(1024)  # noqa: S505 - it is to be refused


def locked() -> Kept:
    key = ec.generate_private_key(ec.SECP256R1())
    secret = BestAvailableEncryption(b"secret")
    return Kept(OWNER.leaf(key=key)[0], key.private_bytes(PEM, PrivateFormat.PKCS8, secret))


def sha1(certificate: bytes) -> bytes:
    """A certificate with its algorithm renamed, and so with a wrong signature: the library signs
    nothing with SHA-1 any more."""
    der = x509.load_pem_x509_certificate(certificate).public_bytes(Encoding.DER)
    renamed = der.replace(SHA256_WITH_RSA, SHA1_WITH_RSA)
    return x509.load_der_x509_certificate(renamed).public_bytes(PEM)


SHA256_WITH_RSA, SHA1_WITH_RSA = (bytes.fromhex(f"2a864886f70d0101{end}") for end in ("0b", "05"))
"""RFC 8017, appendix A.2.4."""

RSA_KEY = rsa_key(2048)
RSA = pem(RSA_KEY)
RSA_SUB = OWNER.sign("Sub", OWNER.sub_key, "Root", rsa_key(2048), ca=True).public_bytes(PEM)

PUBLIC = x509.CertificatePolicies(
    [x509.PolicyInformation(x509.ObjectIdentifier("2.23.140.1.2.1"), None)]
)
KEY_USAGE = x509.KeyUsage(*[False, False, True, False, False, False, False, False, False])
ALL_SIGNING = x509.KeyUsage(*[True, False, False, False, False, True, False, False, False])
STAPLE = x509.TLSFeature([x509.TLSFeatureType.status_request])

CERTIFICATES: dict[str, tuple[Callable[[], Kept], Grade, str]] = {
    # in order
    "good": (OWNER.pair, GOOD, ""),
    "with its root": (lambda: Kept(LEAF + OWNER.chain + ROOT, KEY), GOOD, ""),
    "RSA 2048": (lambda: OWNER.pair(key=rsa_key(2048)), GOOD, ""),
    "P-384": (lambda: OWNER.pair(key=ec.generate_private_key(ec.SECP384R1())), GOOD, ""),
    "wildcard": (lambda: OWNER.pair(names=("*.example.org",)), GOOD, ""),
    "six days, fresh": (lambda: OWNER.pair(begin=-1, end=5), GOOD, ""),
    "byte order mark": (lambda: Kept(b"\xef\xbb\xbf" + LEAF + OWNER.chain, KEY), GOOD, ""),
    "all in one file": (lambda: Kept(KEY + LEAF + OWNER.chain, LEAF + OWNER.chain + KEY), GOOD, ""),
    "alone, its issuer is a root": (lambda: alone(issued_by("Sub")), GOOD, ""),
    # in time
    "expired": (lambda: OWNER.pair(begin=-90, end=-1), REFUSED, r"has expired on .* Renew it"),
    "not yet valid": (lambda: OWNER.pair(begin=2), DOUBTFUL, r"valid only from .* timedatectl"),
    "90 days, 13 left": (lambda: OWNER.pair(begin=-77, end=13), GOOD, r"expires on .* Renew it"),
    "45 days, 7 left": (lambda: OWNER.pair(begin=-38, end=7), GOOD, r"expires on .* Renew it"),
    "45 days, 8 left": (lambda: OWNER.pair(begin=-37, end=8), GOOD, ""),
    "6 days, 0.9 left": (lambda: OWNER.pair(begin=-5.1, end=0.9), GOOD, r"expires on .* Renew it"),
    "6 days, 2 left": (lambda: OWNER.pair(begin=-4, end=2), GOOD, ""),
    "900 days": (lambda: OWNER.pair(begin=-1, end=899), DOUBTFUL, r"more than 825 days"),
    # the chain
    "a public one alone": (lambda: alone(PUBLIC), DOUBTFUL, r"intermediate .* missing.*, Sub, to"),
    "alone, its issuer is no root": (
        lambda: alone(issued_by("Root")),
        DOUBTFUL,
        r"intermediate certificate is missing",
    ),
    "alone": (alone, GOOD, r"alone\. Phones that trust Sub itself take it.* Append"),
    "with the root alone": (
        lambda: Kept(LEAF + ROOT, KEY),
        DOUBTFUL,
        r"None of .* Sub, so many .* in place of them",
    ),
    "of another intermediate": (lambda: Kept(LEAF + Owner().chain, KEY), DOUBTFUL, r"None of"),
    "self-signed": (self_signed, DOUBTFUL, r"signed by itself"),
    "self-signed, as openssl makes it": (
        lambda: self_signed(ca=True, extensions=[ALL_SIGNING]),
        DOUBTFUL,
        r"^The certificate is signed by itself[^A-Z]*\. Set tls\.mode[^A-Z]*\.$",
    ),
    "an authority's": (
        lambda: OWNER.pair(ca=True, extensions=[ALL_SIGNING]),
        DOUBTFUL,
        r"that of an authority, so Firefox",
    ),
    "intermediate expired": (
        lambda: with_intermediate(begin=-90, end=-1),
        REFUSED,
        r"certificate of Sub in .* has expired",
    ),
    "intermediate not yet valid": (
        lambda: with_intermediate(begin=2),
        DOUBTFUL,
        r"certificate of Sub in .* is valid only from .* timedatectl",
    ),
    "an expired intermediate beside the present one": (
        lambda: Kept(with_intermediate(begin=-90, end=-1).chain + OWNER.chain, KEY),
        GOOD,
        "",
    ),
    "intermediate is none": (lambda: with_intermediate(ca=False), REFUSED, r"is no authority"),
    "intermediate may sign no certificates": (
        lambda: with_intermediate(extensions=[KEY_USAGE]),
        REFUSED,
        r"Sub, which .* lacks keyCertSign",
    ),
    "intermediate for clients": (
        lambda: with_intermediate(usage=[CLIENT_AUTH]),
        REFUSED,
        r"Sub, which .* lacks serverAuth",
    ),
    "intermediate for everything": (
        lambda: with_intermediate(usage=[ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE]),
        DOUBTFUL,
        r"Sub, which .* lacks serverAuth",
    ),
    "intermediate for servers": (
        lambda: with_intermediate(usage=[CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH]),
        GOOD,
        "",
    ),
    "intermediate for its names": (
        lambda: with_intermediate(extensions=[only_for("Example.org")]),
        GOOD,
        "",
    ),
    "intermediate for other names": (
        lambda: with_intermediate(extensions=[only_for("example.com")]),
        REFUSED,
        rf"Sub may issue no certificate for {NAME} \(its name constraints\)",
    ),
    "intermediate for one of its names": (
        lambda: Kept(
            OWNER.leaf(names=(NAME, "pi.local"), key=RSA_KEY)[0]
            + OWNER.intermediate(extensions=[only_for("example.org")]).public_bytes(PEM),
            RSA,
        ),
        REFUSED,
        r"no certificate for pi\.local \(",
    ),
    "root for other names": (
        lambda: Kept(LEAF + OWNER.chain + root(extensions=[only_for("example.com")]), KEY),
        DOUBTFUL,
        rf"Root may issue no certificate for {NAME}",
    ),
    "root not yet valid": (
        lambda: Kept(LEAF + OWNER.chain + root(begin=2), KEY),
        GOOD,
        r"certificate of Root in .* is valid only from",
    ),
    "root expired": (
        lambda: Kept(LEAF + OWNER.chain + root(end=-1), KEY),
        GOOD,
        r"certificate of Root in .* has expired",
    ),
    "wrong order": (lambda: Kept(OWNER.chain + LEAF, KEY), GOOD, r"in the wrong order"),
    "cut in the leaf": (lambda: Kept(LEAF[:200], KEY), REFUSED, r"fullchain\.pem .* cut off"),
    "cut in the intermediate": (
        lambda: Kept(LEAF + OWNER.chain[:200], KEY),
        REFUSED,
        r"fullchain\.pem cannot be used: it is cut off in the middle",
    ),
    "garbled": (
        lambda: Kept(LEAF + OWNER.chain.replace(b"M", b"N", 3), KEY),
        REFUSED,
        r"its certificate number 2 is damaged",
    ),
    "empty": (lambda: Kept(b"", KEY), REFUSED, r"no PEM certificate in it"),
    # the key
    "of another certificate": (
        lambda: Kept(LEAF + OWNER.chain, OWNER.leaf()[1]),
        REFUSED,
        r"privkey\.pem does not belong to the certificate in",
    ),
    "locked": (locked, REFUSED, r"privkey\.pem .* locked with a password.* .openssl pkey"),
    "no key": (lambda: Kept(LEAF, LEAF), REFUSED, r"there is no PEM private key in it"),
    "cut key": (lambda: Kept(LEAF, KEY[:100]), REFUSED, r"privkey\.pem .* cut off in the middle"),
    "garbled key": (lambda: Kept(LEAF, KEY.replace(b"M", b"N", 1)), REFUSED, r"no private key, or"),
    "0644": (lambda: OWNER.pair(mode=0o644), GOOD, r"may read the private key .* chmod o= /"),
    "0666": (lambda: OWNER.pair(mode=0o666), GOOD, r"may exchange the private key"),
    # what browsers take
    "Ed25519": (
        lambda: OWNER.pair(key=ed25519.Ed25519PrivateKey.generate()),
        REFUSED,
        r"of the kind Ed25519, which browsers refuse",
    ),
    "DSA": (lambda: OWNER.pair(key=dsa_key()), REFUSED, r"of the kind DSA"),
    "RSA 1024": (lambda: OWNER.pair(key=rsa_key(1024)), REFUSED, r"RSA key of 1024 bits only"),
    "P-521": (
        lambda: OWNER.pair(key=ec.generate_private_key(ec.SECP521R1())),
        REFUSED,
        r"on the curve secp521r1",
    ),
    "SHA-1": (
        lambda: Kept(sha1(OWNER.leaf(key=rsa_key(2048), issuer_key=rsa_key(2048))[0]), RSA),
        REFUSED,
        r"CN=leaf is signed with SHA1",
    ),
    "intermediate with SHA-1": (
        lambda: Kept(LEAF + sha1(RSA_SUB), KEY),
        REFUSED,
        r"CN=Sub is signed with SHA1",
    ),
    "for clients": (lambda: OWNER.pair(usage=(CLIENT_AUTH,)), REFUSED, r"something else than serv"),
    "for nothing said": (lambda: OWNER.pair(usage=()), DOUBTFUL, r"iPhones and Macs .* serverAuth"),
    "may not sign": (lambda: OWNER.pair(extensions=(KEY_USAGE,)), REFUSED, r"digitalSignature"),
    "must staple": (lambda: OWNER.pair(extensions=(STAPLE,)), DOUBTFUL, r"OCSP stapling"),
    "no names": (lambda: OWNER.pair(names=()), REFUSED, r"for no name.* Get one for door\."),
    "another name": (
        lambda: OWNER.pair(names=("other.example.org",)),
        DOUBTFUL,
        r"is for other\.example\.org, and the link names door\..* Set server\.public_host",
    ),
}
"""What makes the pair, how good it is, and what is said of it; empty: nothing."""
