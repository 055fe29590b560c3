"""What the tests of certificates share: a world to live in, a client, accidents."""

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from homecall_appliance.certificates.authority import (
    RELEASED,
    Authority,
    KeyPair,
    issue,
    make_authority,
)
from homecall_appliance.certificates.files import CertificateFiles
from homecall_appliance.certificates.local_ca import LocalAuthority
from homecall_appliance.certificates.tls import Certificates
from homecall_appliance.network.addresses import IPAddress, Names

TODAY = RELEASED + timedelta(days=100, microseconds=7)
HOME = Names(
    dns=("pi", "pi.local", "localhost"),
    addresses=tuple(ip_address(each) for each in ("127.0.0.1", "192.168.7.7", "::1", "fd00::7")),
)
MOVED = Names(dns=HOME.dns, addresses=(*HOME.addresses, ip_address("10.9.9.9")))


@dataclass
class World:
    """What an authority is told about the outside: clocks and names."""

    directory: Path
    now: datetime = TODAY
    names: Names = HOME
    uptime: float = 0.0

    def authority(self) -> LocalAuthority:
        return LocalAuthority(
            self.directory, lambda: self.names, lambda: self.now, lambda: self.uptime
        )

    def file(self, name: str) -> Path:
        return self.directory / name

    @property
    def authority_kept(self) -> Authority:
        return Authority.from_pem(self.file("authority.pem").read_bytes())

    @property
    def leaf(self) -> x509.Certificate:
        return x509.load_pem_x509_certificate(self.file("server.crt").read_bytes())


@dataclass
class Served:
    """What a client saw of a handshake."""

    certificate: x509.Certificate
    version: str | None
    protocol: str | None


@dataclass
class Client:
    """A client that trusts one authority, and checks strictly (RFC 5280)."""

    authority: bytes
    maximum: ssl.TLSVersion = ssl.TLSVersion.MAXIMUM_SUPPORTED
    names_count: bool = True
    """Whether the certificate must be for the host."""

    async def handshake(self, port: int, host: str) -> Served:
        context = ssl.create_default_context(cadata=self.authority.decode())
        context.verify_flags |= ssl.VerifyFlags.VERIFY_X509_STRICT
        context.maximum_version = self.maximum
        context.check_hostname = self.names_count
        context.set_alpn_protocols(["h2", "http/1.1"])
        _, writer = await asyncio.open_connection(
            "127.0.0.1", port, ssl=context, server_hostname=host
        )
        connection: ssl.SSLObject = writer.get_extra_info("ssl_object")
        der = connection.getpeercert(binary_form=True)
        assert der
        served = Served(
            x509.load_der_x509_certificate(der),
            connection.version(),
            connection.selected_alpn_protocol(),
        )
        writer.close()
        await writer.wait_closed()
        return served


async def _until_end(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()
    writer.close()


async def listen(certificates: Certificates) -> tuple[asyncio.Server, int]:
    """A server that shows these certificates, and its port on 127.0.0.1."""
    server = await asyncio.start_server(_until_end, "127.0.0.1", 0, ssl=certificates.context)
    port: int = server.sockets[0].getsockname()[1]
    return server, port


async def connect(certificates: Certificates, authority: bytes, host: str = "pi") -> Served:
    """What a client sees that trusts `authority` and asks for `host`."""
    server, port = await listen(certificates)
    async with server:
        return await Client(authority).handshake(port, host)


@dataclass
class Pair:
    """A certificate and a key in files, as an ACME client lays them out."""

    directory: Path
    authority: Authority = field(default_factory=lambda: make_authority(HOME, datetime.now(UTC)))

    @property
    def files(self) -> tuple[Path, Path]:
        return self.directory / "fullchain.pem", self.directory / "privkey.pem"

    def write(self) -> x509.Certificate:
        leaf = issue(self.authority, HOME, datetime.now(UTC))
        certificate, key = self.files
        certificate.write_bytes(self.authority.chain(leaf))
        key.write_bytes(leaf.key_pem)
        key.chmod(0o600)
        return leaf.certificate

    def certificates(self) -> CertificateFiles:
        """What is served of them by an appliance that is called "pi"."""
        return CertificateFiles(*self.files, lambda: "pi", lambda: datetime.now(UTC))

    async def shown(self, certificates: CertificateFiles) -> x509.Certificate:
        return (await connect(certificates, self.authority.root_pem)).certificate


def told(certificates: Certificates) -> str:
    """What the owner should mend; "" where all is well."""
    return certificates.problem or ""


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:100])


def empty(file: Path) -> None:
    file.write_bytes(b"")


def foreign_key(file: Path) -> None:
    file.write_bytes(make_authority(HOME, TODAY).intermediate.key_pem)


def parts(authority: bytes) -> tuple[bytes, bytes, bytes]:
    """The key, the intermediate and the root of what is kept of an authority."""
    end = b"-----\n"
    key, _, certificates = authority.partition(b"-----END PRIVATE KEY-----\n")
    intermediate, _, root = certificates.partition(b"-----END CERTIFICATE-----\n")
    assert root.endswith(end)
    return (
        key + b"-----END PRIVATE KEY-----\n",
        intermediate + b"-----END CERTIFICATE-----\n",
        root,
    )


def exchange(part: int) -> Callable[[Path], None]:
    """An accident that puts a part of another authority in the place of this one's."""

    def accident(file: Path) -> None:
        mixed, other = list(parts(file.read_bytes())), parts(make_authority(HOME, TODAY).pem)
        mixed[part] = other[part]
        file.write_bytes(b"".join(mixed))

    return accident


def leave_out(part: int) -> Callable[[Path], None]:
    """An accident that takes a part of an authority away."""

    def accident(file: Path) -> None:
        left = list(parts(file.read_bytes()))
        del left[part]
        file.write_bytes(b"".join(left))

    return accident


def forged(
    authority: Authority,
    *names: str | IPAddress,
    subject: str = "Forged",
    authority_below: bool = False,
    any_usage: bool = False,
) -> KeyPair:
    """What who has stolen the intermediate's key can make: a certificate for any names, or an
    authority below it."""
    key = ec.generate_private_key(ec.SECP256R1())
    now, issuer = datetime.now(UTC), authority.intermediate
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)]))
        .issuer_name(issuer.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(x509.BasicConstraints(ca=authority_below, path_length=None), critical=True)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key()),
            critical=False,
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if not (authority_below or any_usage):
        server = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
        builder = builder.add_extension(server, critical=False)
    if names:
        alternatives = x509.SubjectAlternativeName(
            [
                x509.DNSName(each) if isinstance(each, str) else x509.IPAddress(each)
                for each in names
            ]
        )
        builder = builder.add_extension(alternatives, critical=False)
    return KeyPair(builder.sign(issuer.key, hashes.SHA256()), key)


def single_tier() -> KeyPair:
    """An authority as it was made before there were two tiers."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "HomeCall Appliance 0ld0ld00")])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(RELEASED - timedelta(days=1))
        .not_valid_after(RELEASED + timedelta(days=20 * 365))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    )
    return KeyPair(builder.sign(key, hashes.SHA256()), key)


def make_outdated(directory: Path) -> KeyPair:
    """Put the files of such an appliance there; returns its authority."""
    old = single_tier()
    directory.mkdir(parents=True)
    for name, content in {
        "ca.crt": old.certificate_pem,
        "ca.key": old.key_pem,
        "server.crt": old.certificate_pem,
        "server.key": old.key_pem,
    }.items():
        (directory / name).write_bytes(content)
    return old
