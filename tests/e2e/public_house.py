"""An appliance with a public name: Pebble issues its certificate, and the network's resolver is a
Knot DNS that has the name's zone and takes the appliance's updates."""

import asyncio
import os
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.appliance import COMMAND, Appliance, Tables
from tests.support.rigs.knot import ZONE, DnsServer, dns_server
from tests.support.rigs.pebble import Pebble, pebble
from tests.support.scenario import until

NAME = f"gate.{ZONE}"
"""Of which the zone has nothing before the appliance begins."""

PATIENCE = 120.0
"""Seconds that a busy machine may take for a first certificate."""

_WITH_RESOLVER = 'mount --bind "$0" /etc/resolv.conf && exec "$@"'


@dataclass(frozen=True)
class PublicHouse:
    """It, and what stands for the internet around it."""

    appliance: Appliance
    authority: Pebble
    dns: DnsServer

    root: Path
    """The root of the authority's certificates in PEM, and nothing else."""

    @property
    def url(self) -> str:
        """The page that a phone opens without a link."""
        return f"https://{NAME}:{self.appliance.https_port}/"

    async def serial(self) -> str:
        """The serial number of the certificate that a new connection to the name is shown.

        Raises SSLError where a browser that trusts the root would warn.
        """
        context = ssl.create_default_context(cafile=str(self.root))
        _, writer = await asyncio.open_connection(
            "127.0.0.1", self.appliance.https_port, ssl=context, server_hostname=NAME
        )
        certificate = writer.get_extra_info("peercert")
        writer.close()
        await writer.wait_closed()
        return str(certificate["serialNumber"])


@asynccontextmanager
async def public_house(folder: Path, seconds: float = 90 * 86400.0) -> AsyncIterator[PublicHouse]:
    """Start one with nothing but tls.acme configured, and wait until its links have the name.

    The certificates are valid for so many seconds. Needs root: its processes have another
    resolv.conf(5) than this machine.
    """
    for each in ("dns", "authority"):
        (folder / each).mkdir()
    # On the port of all DNS servers, so at an address that no other process of a test has.
    number = os.getpid()
    address = f"127.53.{number >> 8 & 255}.{number & 255 or 256 - 1}"
    resolver = folder / "resolv.conf"
    resolver.write_text(f"nameserver {address}\n", "utf-8")
    with (
        dns_server(folder / "dns", address, 53) as dns,
        pebble(folder / "authority", f"{address}:53", seconds / 86400) as authority,
    ):
        root = folder / "root.pem"
        root.write_bytes(authority.root())
        tables: Tables = {
            "tls": {
                "mode": "acme",
                "acme": {
                    "domain": NAME,
                    "provider": "rfc2136",
                    "directory": authority.directory,
                    "environment": {
                        **dns.environment,
                        "LEGO_CA_CERTIFICATES": authority.trusted,
                    },
                },
            },
        }
        command = ("unshare", "--mount", "sh", "-c", _WITH_RESOLVER, str(resolver), *COMMAND)
        # By their name; the test's own helpers come by the address of the configuration.
        by_name = {"HOMECALL_SERVER__PUBLIC_HOST": "auto"}
        async with Appliance.running(tables, command, by_name) as appliance:
            await until(appliance, lambda status: NAME in status["link"]["url"], PATIENCE)
            yield PublicHouse(appliance, authority, dns, root)
