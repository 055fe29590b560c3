"""An owner's certificates: an authority with an intermediate, and pairs of all kinds, good and bad.

Each pair is as it would lie in files: what is in that of the certificate, what is in that of the
key, and the key's mode.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

NAME = "door.example.org"
PEM = Encoding.PEM


_FOR_CERTIFICATES = x509.KeyUsage(
    key_cert_sign=True,
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    crl_sign=False,
    encipher_only=False,
    decipher_only=False,
)


@dataclass(frozen=True)
class Kept:
    """A pair of files."""

    chain: bytes
    key: bytes
    mode: int = 0o640

    def write(self, folder: Path) -> tuple[Path, Path]:
        """Write both, and return where they are."""
        files = folder / "fullchain.pem", folder / "privkey.pem"
        for file, content in zip(files, (self.chain, self.key), strict=True):
            file.write_bytes(content)
        files[1].chmod(self.mode)
        return files


@cache
def rsa_key(bits: int) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, bits)


def pem(key: Any) -> bytes:
    content: bytes = key.private_bytes(PEM, PrivateFormat.PKCS8, NoEncryption())
    return content


def common_name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


@dataclass
class Owner:
    """A root, an intermediate below it, and what they issue; days count from `now`."""

    now: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))

    def __post_init__(self) -> None:
        self.root_key, self.sub_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
        self.root = self.sign("Root", self.root_key, "Root", self.root_key, ca=True)
        self.sub = self.intermediate()

    def intermediate(self, **how: Any) -> x509.Certificate:
        """A certificate of the intermediate."""
        how = {"ca": True, "end": 3650, **how}
        return self.sign("Sub", self.sub_key, "Root", self.root_key, **how)

    def leaf(self, *, key: Any = None, **how: Any) -> tuple[bytes, bytes]:
        """A server's certificate and its key."""
        key = key or ec.generate_private_key(ec.SECP256R1())
        how = {
            "names": (NAME,),
            "usage": (ExtendedKeyUsageOID.SERVER_AUTH,),
            **how,
        }
        issuer = {"issuer": "Sub", "issuer_key": self.sub_key, **how}
        return self.sign("leaf", key, **issuer).public_bytes(PEM), pem(key)

    def pair(self, *, mode: int = 0o640, **how: Any) -> Kept:
        """What is in order but for `how`: see `sign`."""
        leaf, key = self.leaf(**how)
        return Kept(leaf + self.chain, key, mode)

    @property
    def chain(self) -> bytes:
        return self.sub.public_bytes(PEM)

    def sign(
        self,
        subject: str,
        key: Any,
        issuer: str,
        issuer_key: Any,
        *,
        ca: bool = False,
        names: Sequence[str] = (),
        begin: float = -10,
        end: float = 80,
        usage: Sequence[x509.ObjectIdentifier] = (),
        extensions: Sequence[x509.ExtensionType] = (),
        digest: Any = hashes.SHA256(),  # noqa: B008 - it cannot change
    ) -> x509.Certificate:
        builder = (
            x509.CertificateBuilder()
            .subject_name(common_name(subject))
            .issuer_name(common_name(issuer))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(self.now + timedelta(days=begin))
            .not_valid_after(self.now + timedelta(days=end))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        )
        if names:
            alternatives = [
                x509.IPAddress(ip_address(each)) if each[0].isdigit() else x509.DNSName(each)
                for each in names
            ]
            builder = builder.add_extension(x509.SubjectAlternativeName(alternatives), False)
        if usage:
            builder = builder.add_extension(x509.ExtendedKeyUsage(usage), critical=False)
        if ca and not any(isinstance(each, x509.KeyUsage) for each in extensions):
            builder = builder.add_extension(_FOR_CERTIFICATES, critical=True)
        own, above = key.public_key(), issuer_key.public_key()
        identifiers: list[x509.ExtensionType] = [x509.SubjectKeyIdentifier.from_public_key(own)]
        if not any(isinstance(each, x509.AuthorityKeyIdentifier) for each in extensions):
            identifiers.append(x509.AuthorityKeyIdentifier.from_issuer_public_key(above))
        for each in (*identifiers, *extensions):
            builder = builder.add_extension(each, critical=False)
        return builder.sign(issuer_key, digest)
