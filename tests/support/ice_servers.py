"""STUN and TURN servers as tests need them: one that never answers, one that tells an address, and
Debian's coturn."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aioice.stun import Class, Message, parse_message

from homecall_appliance.media.webrtc.ice_options import IceOptions
from tests.support.address import free_ports, local_address
from tests.support.rigs.programs import program

SECRET = "hush"  # noqa: S105
REALM = "home"


@dataclass(frozen=True)
class Server:
    """A table of the configuration, with its credentials."""

    urls: Sequence[str]
    username: str | None = None
    credential: str | None = None


def options(*servers: Server, **others: Any) -> IceOptions:
    """Those of a peer that asks these servers."""
    return IceOptions(lambda: servers, **others)


@contextmanager
def silent(address: str | None = None) -> Iterator[tuple[socket.socket, str]]:
    """A server that takes datagrams and never answers: its socket, and "address:port"."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as dead:
        dead.bind((address or local_address(), 0))
        dead.setblocking(False)
        host, port = dead.getsockname()
        yield dead, f"{host}:{port}"


def taken(dead: socket.socket) -> int:
    """How many datagrams have come to a server that never answers, since the last time."""
    count = 0
    with contextlib.suppress(BlockingIOError):
        while dead.recv(2048):
            count += 1
    return count


@dataclass
class StunServer(asyncio.DatagramProtocol):
    """A STUN server that tells everybody the same address."""

    mapped: tuple[str, int]
    sources: list[tuple[str, int]] = field(default_factory=list)
    port: int = 0

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self.sources.append(addr[:2])
        request = parse_message(data)
        answer = Message(request.message_method, Class.RESPONSE, request.transaction_id)
        answer.attributes["XOR-MAPPED-ADDRESS"] = self.mapped
        self._transport.sendto(bytes(answer), addr)


@asynccontextmanager
async def stun_server(
    mapped: tuple[str, int], address: str | None = None
) -> AsyncIterator[StunServer]:
    server = StunServer(mapped)
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: server, local_addr=(address or local_address(), 0)
    )
    server.port = transport.get_extra_info("sockname")[1]
    yield server
    transport.close()


@dataclass
class Coturn:
    """Debian's coturn, which takes the credentials of SECRET."""

    address: str
    port: int
    tls_port: int
    log: Path
    authority: Path = Path()
    """That of its certificate, if it has one."""


@asynccontextmanager
async def coturn(
    folder: Path, certificate: Path | None = None, key: Path | None = None
) -> AsyncIterator[Coturn]:
    """Run coturn in a folder of its own. Loopback addresses are no peers for it."""
    address = local_address()
    port, tls_port = free_ports(2)
    this = Coturn(address, port, tls_port, folder / "log")
    settings = {
        "listening-ip": address,
        "relay-ip": address,
        "listening-port": port,
        "tls-listening-port": tls_port,
        "realm": REALM,
        "static-auth-secret": SECRET,
        "pidfile": folder / "pid",
        "userdb": folder / "db",
        "log-file": this.log,
    }
    flags = ["use-auth-secret", "no-cli", "no-dtls", "simple-log", "verbose"]
    if certificate and key:
        settings |= {"cert": certificate, "pkey": key}
    else:
        flags.append("no-tls")
    lines = [*(f"{name}={value}" for name, value in settings.items()), *flags]
    (folder / "conf").write_text("\n".join(lines))
    process = await asyncio.create_subprocess_exec(
        *(*program("turnserver"), "-c", str(folder / "conf")),
        cwd=folder,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(20):
            while not _listens(address, port):
                assert process.returncode is None, this.log.read_text()
                await asyncio.sleep(0.05)
        yield this
    finally:
        process.kill()
        await process.wait()


def _listens(address: str, port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection((address, port), 1):
        return True
    return False
