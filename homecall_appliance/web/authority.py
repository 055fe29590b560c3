"""The appliance's own certificate authority: PURE, keys and certificates without files.

A key cannot be made without randomness; everything else follows from the arguments. Times are
aware datetimes.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from homecall_appliance.web.addresses import Names

RELEASED = datetime(2026, 11, 1, tzinfo=UTC)
"""No earlier moment is believed: a Pi has no battery clock and may start in 1970."""

AUTHORITY_LIFETIME = timedelta(days=20 * 365)
LEAF_LIFETIME = timedelta(days=397)
"""The longest that browsers accept from anyone (CA/Browser Forum ballot SC-031: 398 days)."""

RENEW_BEFORE = timedelta(days=30)
_BACKDATED = timedelta(days=1)


@dataclass(frozen=True)
class KeyPair:
    """A certificate and its private key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @classmethod
    def from_pem(cls, certificate: bytes, key: bytes) -> Self:
        """Read both; ValueError says what is wrong with them."""
        try:
            parsed = x509.load_pem_x509_certificate(certificate)
            private = load_pem_private_key(key, password=None)
            public = parsed.public_key()
        except (TypeError, UnsupportedAlgorithm) as error:
            raise ValueError(str(error)) from error
        if not isinstance(private, ec.EllipticCurvePrivateKey):
            raise ValueError("the private key is not an elliptic-curve key")  # noqa: TRY004
        if private.public_key() != public:
            raise ValueError("the private key does not belong to the certificate")
        return cls(parsed, private)

    @property
    def certificate_pem(self) -> bytes:
        """The certificate alone."""
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        """The private key, not encrypted (PKCS #8)."""
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def make_authority(now: datetime) -> KeyPair:
    """A new authority, valid for some 20 years.

    It may issue leaves only. Its name ends in its key identifier, so that two appliances can be
    told apart in a phone's settings, and its validity begins at a fixed moment, so that no clock
    can put a leaf before it.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    name = _name(f"HomeCall Appliance {identifier.digest.hex()[:8]}")
    builder = (
        _builder(name, name, key.public_key())
        .not_valid_before(RELEASED - _BACKDATED)
        .not_valid_after(believed(now) + AUTHORITY_LIFETIME)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(certificates=True), critical=True)
    )
    return KeyPair(builder.sign(key, hashes.SHA256()), key)


def issue(authority: KeyPair, names: Names, now: datetime) -> KeyPair:
    """A new server certificate with a new key for these names (RFC 5280, RFC 9525).

    It is never shortened to the authority's own end: a clock that runs years ahead for a moment
    must not cost the owner the authority that every phone trusts.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    begin = believed(now) - _BACKDATED
    alternatives = [x509.DNSName(name) for name in names.dns]
    addresses = [x509.IPAddress(address) for address in names.addresses]
    issuer = authority.certificate
    builder = (
        _builder(_name("HomeCall Appliance"), issuer.subject, key.public_key())
        .not_valid_before(begin)
        # RFC 5280 counts the last second in.
        .not_valid_after(begin + LEAF_LIFETIME - timedelta(seconds=1))
        .add_extension(x509.SubjectAlternativeName([*alternatives, *addresses]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key()),
            critical=False,
        )
    )
    return KeyPair(builder.sign(authority.key, hashes.SHA256()), key)


def is_due(leaf: KeyPair, names: Names, now: datetime) -> bool:
    """Whether a new server certificate is needed: the end is near, a name is missing, or the
    clock has gone back to before its beginning.

    A name that is no longer wanted is no reason: each new certificate makes those who clicked
    through the warning click again.
    """
    moment, certificate = believed(now), leaf.certificate
    in_time = (
        certificate.not_valid_before_utc <= moment
        and moment + RENEW_BEFORE <= certificate.not_valid_after_utc
    )
    covered = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return not (
        in_time
        and set(names.dns) <= set(covered.get_values_for_type(x509.DNSName))
        and set(names.addresses) <= set(covered.get_values_for_type(x509.IPAddress))
    )


def believed(now: datetime) -> datetime:
    """The clock's time, in whole seconds, or the moment of the release where that is later."""
    return max(now, RELEASED).replace(microsecond=0)


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _key_usage(*, certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not certificates,
        key_cert_sign=certificates,
        crl_sign=certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
