"""A real DNS server that takes updates: Debian's Knot DNS, on a port of the loopback."""

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import dns.message
import dns.query
import dns.rdatatype
import dns.resolver

from tests.support.address import free_port
from tests.support.rigs.programs import program

ZONE = "home.test"
KEY_NAME, ALGORITHM = "owner", "hmac-sha256"
SECRET = "Zm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFyMTIzNDU2Nzg="  # noqa: S105 - base64, of nothing

_CONFIGURATION = """
server:
    listen: {address}@{port}
    rundir: {folder}
    tcp-workers: 1
    udp-workers: 1
    background-workers: 1
log:
  - target: stderr
    any: info
database:
    storage: {folder}
key:
  - id: {key}
    algorithm: {algorithm}
    secret: {secret}
acl:
  - id: update
    key: {key}
    action: update
zone:
  - domain: {zone}
    storage: {folder}
    file: zone
    acl: update
    journal-content: none
    zonefile-load: whole
"""

_RECORDS = """
$ORIGIN {zone}.
@ 60 SOA ns owner 1 3600 600 86400 1
@ 60 NS ns
ns 60 A {address}
door 60 A 127.0.0.1
elsewhere 60 A 127.0.0.1
_acme-challenge.elsewhere 60 CNAME _acme-challenge.door
"""


@dataclass(frozen=True)
class DnsServer:
    """One that is the primary server of ZONE, and knows one key."""

    port: int
    log: Path
    address: str = "127.0.0.1"

    @property
    def environment(self) -> dict[str, str]:
        """As lego's provider "rfc2136" is told of it."""
        return {
            "RFC2136_NAMESERVER": f"{self.address}:{self.port}",
            "RFC2136_TSIG_KEY": KEY_NAME,
            "RFC2136_TSIG_SECRET": SECRET,
            "RFC2136_TSIG_ALGORITHM": ALGORITHM,
        }

    def records(self, name: str, kind: str) -> list[str]:
        """What the server itself says, sorted."""
        query = dns.message.make_query(name, dns.rdatatype.from_text(kind))
        answer = dns.query.udp(query, self.address, 5, self.port)
        return sorted(str(record) for each in answer.answer for record in each)


@contextmanager
def dns_server(
    folder: Path, address: str = "127.0.0.1", port: int | None = None
) -> Iterator[DnsServer]:
    """Run one, with its files in a folder."""
    server = DnsServer(port or free_port(), folder / "knot.log", address)
    (folder / "zone").write_text(_RECORDS.format(zone=ZONE, address=address))
    (folder / "knot.conf").write_text(
        _CONFIGURATION.format(
            address=server.address,
            port=server.port,
            folder=folder,
            key=KEY_NAME,
            algorithm=ALGORITHM,
            secret=SECRET,
            zone=ZONE,
        )
    )
    with server.log.open("wb") as log:
        knot = subprocess.Popen(
            [*program("knotd"), "-c", folder / "knot.conf"], stdout=log, stderr=log
        )
    try:
        while not _answers(server):
            assert knot.poll() is None, server.log.read_text()
            time.sleep(0.02)
        yield server
    finally:
        knot.terminate()
        knot.wait()


def _answers(server: DnsServer) -> bool:
    try:
        socket.create_connection((server.address, server.port), 5).close()
        return bool(server.records(ZONE, "SOA"))
    except (OSError, dns.exception.DNSException):
        return False
