"""What the tests of certificates share: a world to live in, a client, accidents."""

import asyncio
import ssl
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509

from homecall_appliance.web.addresses import Names
from homecall_appliance.web.authority import RELEASED, KeyPair, issue, make_authority
from homecall_appliance.web.local_ca import LocalAuthority
from homecall_appliance.web.tls import CertificateFiles, Certificates

TODAY = RELEASED + timedelta(days=100, microseconds=7)
HOME = Names(
    dns=("pi", "pi.local", "localhost"),
    addresses=tuple(ip_address(each) for each in ("127.0.0.1", "192.0.2.7", "::1", "fd00::7")),
)
MOVED = Names(dns=HOME.dns, addresses=(*HOME.addresses, ip_address("198.51.100.9")))


@dataclass
class World:
    """What an authority is told about the outside: the clock and the names."""

    directory: Path
    now: datetime = TODAY
    names: Names = HOME

    def authority(self) -> LocalAuthority:
        return LocalAuthority(self.directory, lambda: self.names, lambda: self.now)

    def file(self, name: str) -> Path:
        return self.directory / name

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

    async def handshake(self, port: int, host: str) -> Served:
        context = ssl.create_default_context(cadata=self.authority.decode())
        context.verify_flags |= ssl.VerifyFlags.VERIFY_X509_STRICT
        context.maximum_version = self.maximum
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
    authority: KeyPair = field(default_factory=lambda: make_authority(datetime.now(UTC)))

    @property
    def files(self) -> tuple[Path, Path]:
        return self.directory / "fullchain.pem", self.directory / "privkey.pem"

    def write(self) -> x509.Certificate:
        leaf = issue(self.authority, HOME, datetime.now(UTC))
        certificate, key = self.files
        certificate.write_bytes(leaf.certificate_pem + self.authority.certificate_pem)
        key.write_bytes(leaf.key_pem)
        return leaf.certificate

    async def shown(self, certificates: CertificateFiles) -> x509.Certificate:
        return (await connect(certificates, self.authority.certificate_pem)).certificate


def told(certificates: Certificates) -> str:
    """What the owner should mend; "" where all is well."""
    return certificates.problem or ""


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:100])


def empty(file: Path) -> None:
    file.write_bytes(b"")


def foreign_key(file: Path) -> None:
    file.write_bytes(make_authority(TODAY).key_pem)
