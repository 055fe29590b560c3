"""Rows K: what the appliance's authority can be used for."""

import hashlib
import ipaddress
import json
import subprocess
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from aiohttp import ClientSession
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tests.security.result import Result
from tests.security.target import Source, Target

FOREIGN = ("www.bank.example", "example.com", "8.8.8.8", "2001:4860:4860::8888")
"""Names and addresses of others."""

OWN = ("homecall.local", "localhost", "10.77.0.1", "fd00::1")
"""Names and addresses that an appliance may have; the local ones must not be lost."""

LONGEST_LIFE = timedelta(days=6 * 365)

SHOWN = 16
"""Hexadecimal digits of the fingerprint that a person compares: eight bytes."""


async def misused_authority(source: Source, chance: Random) -> Result:
    """K1: every key that is on the disk signs for others, and is believed by whoever trusts us."""
    async with source.daemon() as target:
        pairs = [*_authorities(target.state)]
        directory = target.appliance.directory
        root = await _handed_out(target)
        trusted = directory / "trusted.pem"
        trusted.write_bytes(root.public_bytes(Encoding.PEM))

        def believed(names: Sequence[str]) -> list[str]:
            found = ((name, pair) for name in names for pair in pairs)
            good = {name for name, pair in found if _believed(directory, trusted, *pair, name)}
            return [name for name in names if name in good]

        forged, own = believed(FOREIGN), believed(OWN)
    life = root.not_valid_after_utc - root.not_valid_before_utc
    root_kept = any(each[0] == root for each in pairs)
    figures = {
        "believed of others' names": ", ".join(forged) or "none",
        "believed of ours": ", ".join(own) or "none",
        "the root's key": "on the disk" if root_kept else "nowhere",
        "valid until": root.not_valid_after_utc.year,
    }
    faults = []
    if forged:
        faults.append(f"the keys on the disk can sign for {', '.join(forged)}")
    if len(own) < len(OWN):
        faults.append("names of ours are not believed")
    if root_kept:
        faults.append("the key of what phones trust is on the disk")
    if life > LONGEST_LIFE:
        faults.append(f"phones are to trust it for {life.days // 365} years")
    return Result(figures, faults)


async def fingerprint(source: Source, chance: Random) -> Result:
    """K2: what the plain HTTP page says of the authority, by a way of its own."""
    async with source.daemon() as target:
        root = await _handed_out(target)
        status = json.dumps(await target.status())
    digest = root.fingerprint(hashes.SHA256()).hex()
    told = digest[:SHOWN] in status.replace(":", "").replace(" ", "").lower()
    return Result(
        {"fingerprint in `status`": "yes" if told else "no"},
        [] if told else ["nothing but the plain page tells the fingerprint"],
    )


async def _handed_out(target: Target) -> x509.Certificate:
    """What phones are asked to trust."""
    url = f"http://{target.host}:{target.appliance.http_port}/ca.crt"
    async with ClientSession() as client, client.get(url) as response:
        data = await response.read()
    if data.startswith(b"-----BEGIN"):
        return x509.load_pem_x509_certificate(data)
    return x509.load_der_x509_certificate(data)


def _authorities(state: Path) -> Iterator[tuple[x509.Certificate, ec.EllipticCurvePrivateKey]]:
    """Yield the authorities whose keys lie there, as who has the card finds them."""
    keys: dict[str, ec.EllipticCurvePrivateKey] = {}
    certificates: list[x509.Certificate] = []
    for file in sorted(state.rglob("*")):
        if not file.is_file():
            continue
        data = file.read_bytes()
        if b"PRIVATE KEY" in data:
            key = load_pem_private_key(data, password=None)
            assert isinstance(key, ec.EllipticCurvePrivateKey)
            keys[_digest(key.public_key())] = key
        if b"BEGIN CERTIFICATE" in data:
            certificates += x509.load_pem_x509_certificates(data)
    for certificate in dict.fromkeys(certificates):
        public = certificate.public_key()
        constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
        if isinstance(public, ec.EllipticCurvePublicKey) and constraints.value.ca:
            own = keys.get(_digest(public))
            if own is not None:
                yield certificate, own


def _digest(public: ec.EllipticCurvePublicKey) -> str:
    numbers = public.public_numbers()
    return hashlib.sha256(f"{numbers.x} {numbers.y}".encode()).hexdigest()


def _believed(
    directory: Path,
    trusted: Path,
    issuer: x509.Certificate,
    key: ec.EllipticCurvePrivateKey,
    name: str,
) -> bool:
    """Whether OpenSSL believes a server's certificate that this key has signed for the name."""
    now = datetime.now(UTC)
    own = ec.generate_private_key(ec.SECP256R1())
    try:
        alternative: x509.GeneralName = x509.IPAddress(ipaddress.ip_address(name))
        check = "-verify_ip"
    except ValueError:
        alternative, check = x509.DNSName(name), "-verify_hostname"
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "forged")]))
        .issuer_name(issuer.subject)
        .public_key(own.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([alternative]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    leaf, between = directory / "forged.pem", directory / "between.pem"
    leaf.write_bytes(certificate.public_bytes(Encoding.PEM))
    between.write_bytes(issuer.public_bytes(Encoding.PEM))
    command = ["openssl", "verify", "-purpose", "sslserver", check, name]
    command += ["-CAfile", str(trusted), "-untrusted", str(between), str(leaf)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0
