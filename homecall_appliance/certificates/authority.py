"""The appliance's own certificate authority: PURE, keys and certificates without files.

It has two tiers. Phones trust the root; its key signs one certificate, the intermediate's, and is
forgotten. The intermediate signs the server's. Both may vouch for few names (constraints.py), so
who steals the intermediate's key can pose as machines of a home, and as no site. As the root's key
is gone, nothing of it can be renewed: when it ends, or when the appliance gets a name that it does
not cover, there must be another authority, and each phone must be asked to trust that one.

A key cannot be made without randomness; everything else follows from the arguments. Times are
aware datetimes.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from homecall_appliance.certificates.constraints import covered, name_constraints
from homecall_appliance.certificates.pem import (
    PemError,
    certificates_in,
    is_issued_by,
    private_key_in,
)
from homecall_appliance.network.addresses import Names

RELEASED = datetime(2026, 11, 1, tzinfo=UTC)
"""No earlier moment is believed: a Pi has no battery clock and may start in 1970."""

AUTHORITY_LIFETIME = timedelta(days=5 * 365)
"""Of root and intermediate alike. So long may a key do harm that was stolen unnoticed; and so often
must every phone be asked to trust another authority."""

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
        """Read the first certificate and the first key; PemError says what is wrong with them."""
        parsed, private = certificates_in(certificate)[0], private_key_in(key)
        if not isinstance(private, ec.EllipticCurvePrivateKey):
            raise PemError("the private key is not an elliptic-curve key")
        if private.public_key() != parsed.public_key():
            raise PemError("the private key does not belong to the certificate")
        return cls(parsed, private)

    @property
    def certificate_pem(self) -> bytes:
        """The certificate alone."""
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        """The private key, not encrypted (PKCS #8)."""
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@dataclass(frozen=True)
class Authority:
    """A root that phones trust, whose key is gone, and the intermediate that it has signed."""

    root: x509.Certificate
    intermediate: KeyPair

    @classmethod
    def from_pem(cls, pem: bytes) -> Self:
        """Read what `pem` gives; PemError says what is wrong with it."""
        intermediate, certificates = KeyPair.from_pem(pem, pem), certificates_in(pem)
        if len(certificates) != _TIERS:
            raise PemError("there must be two certificates")
        root = certificates[-1]
        try:
            for each in certificates:
                each.extensions.get_extension_for_class(x509.NameConstraints)
        except x509.ExtensionNotFound as error:
            raise PemError("the certificates are not those of an authority") from error
        if not (is_issued_by(root, root) and is_issued_by(intermediate.certificate, root)):
            raise PemError("the certificates are not those of an authority")
        return cls(root, intermediate)

    @property
    def pem(self) -> bytes:
        """Everything of it, for one file: a part of an authority is of no use."""
        return self.intermediate.key_pem + self.intermediate.certificate_pem + self.root_pem

    @property
    def root_pem(self) -> bytes:
        """What phones are asked to trust."""
        return self.root.public_bytes(Encoding.PEM)

    @property
    def begin(self) -> datetime:
        """The day that it was made on; its validity begins before."""
        return self.end - AUTHORITY_LIFETIME

    @property
    def end(self) -> datetime:
        """The last moment at which phones believe it."""
        return self.root.not_valid_after_utc

    def chain(self, leaf: KeyPair) -> bytes:
        """What a client is sent of a leaf of its: the root it has (RFC 8446, section 4.4.2)."""
        return leaf.certificate_pem + self.intermediate.certificate_pem

    def covered(self, names: Names) -> Names:
        """Those of the names that it may vouch for."""
        extension = self.root.extensions.get_extension_for_class(x509.NameConstraints)
        return covered(extension.value, names)


_TIERS = 2


def make_authority(names: Names, now: datetime) -> Authority:
    """A new authority for a machine of these names, valid for some five years.

    Its names end in the root's key identifier, so that two appliances can be told apart in
    a phone's settings, and its validity begins at a fixed moment, so that no clock can put a leaf
    before it. The intermediate is for TLS servers alone (RFC 5280, section 4.2.1.12), so that it
    can sign neither programs nor mail.
    """
    root_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(_TIERS))
    identifier = x509.SubjectKeyIdentifier.from_public_key(root_key.public_key())
    name = f"HomeCall Appliance {identifier.digest.hex()[:8]}"
    end = believed(now) + AUTHORITY_LIFETIME
    constraints = name_constraints(names)

    def builder(
        subject: str, public_key: ec.EllipticCurvePublicKey, below: int
    ) -> x509.CertificateBuilder:
        return (
            _builder(_name(subject), _name(name), public_key)
            .not_valid_before(RELEASED - _BACKDATED)
            .not_valid_after(end)
            .add_extension(x509.BasicConstraints(ca=True, path_length=below), critical=True)
            .add_extension(_key_usage(certificates=True), critical=True)
            .add_extension(constraints, critical=True)
        )

    root = builder(name, root_key.public_key(), 1).sign(root_key, hashes.SHA256())
    intermediate = (
        builder(f"{name} server", key.public_key(), 0)
        .add_extension(_FOR_SERVERS, critical=False)
        .add_extension(_issuer(root_key.public_key()), critical=False)
        .sign(root_key, hashes.SHA256())
    )
    return Authority(root, KeyPair(intermediate, key))


def issue(authority: Authority, names: Names, now: datetime) -> KeyPair:
    """A new server certificate with a new key for those of these names that the authority covers
    (RFC 5280, RFC 9525).

    It is valid no longer than the authority: phones judge a chain by whichever ends first (RFC
    5280, section 6.1.3), so a later end would be a promise that is not kept. By a clock that runs
    past the authority's end it is made for the authority's last day: what phones with the right
    time need cannot be known then, and `is_due` has it replaced as soon as the clock is right.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    begin = min(believed(now), authority.end) - _BACKDATED
    # RFC 5280 counts the last second in.
    end = min(begin + LEAF_LIFETIME - timedelta(seconds=1), authority.end)
    names = authority.covered(names)
    alternatives = [x509.DNSName(name) for name in names.dns]
    addresses = [x509.IPAddress(address) for address in names.addresses]
    issuer = authority.intermediate
    builder = (
        _builder(_name("HomeCall Appliance"), issuer.certificate.subject, key.public_key())
        .not_valid_before(begin)
        .not_valid_after(end)
        .add_extension(x509.SubjectAlternativeName([*alternatives, *addresses]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(certificates=False), critical=True)
        .add_extension(_FOR_SERVERS, critical=False)
        .add_extension(_issuer(issuer.key.public_key()), critical=False)
    )
    return KeyPair(builder.sign(issuer.key, hashes.SHA256()), key)


def is_due(leaf: KeyPair, authority: Authority, names: Names, now: datetime) -> bool:
    """Whether a new server certificate is needed: the end is near, a name is missing, or the
    clock has gone back to before its beginning. The authority must cover all of the names.

    A name that is no longer wanted is no reason: each new certificate makes those who clicked
    through the warning click again. Nor is the end where a new one would last no longer: it has the
    authority's. Nor is a clock that runs past that: by it no certificate of the authority is valid,
    and by the right time this one is.
    """
    moment, certificate = believed(now), leaf.certificate
    begin, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    lasts = moment + RENEW_BEFORE <= end or end >= authority.end
    in_time = (begin <= moment and lasts) or moment > authority.end
    covered = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return not (
        in_time
        and set(names.dns) <= set(covered.get_values_for_type(x509.DNSName))
        and set(names.addresses) <= set(covered.get_values_for_type(x509.IPAddress))
    )


def believed(now: datetime) -> datetime:
    """The clock's time, in whole seconds, or the moment of the release where that is later."""
    return max(now, RELEASED).replace(microsecond=0)


_FOR_SERVERS = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])


def _issuer(key: ec.EllipticCurvePublicKey) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(key)


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


def authority_name(authority_pem: bytes) -> str:
    """The authority's common name, as a phone's settings list it."""
    subject = x509.load_pem_x509_certificate(authority_pem).subject
    return str(subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)
