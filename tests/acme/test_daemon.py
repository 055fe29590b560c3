"""The daemon with tls.mode = "acme", and a real authority that asks its plain port."""

import asyncio
import ssl
from pathlib import Path

import pytest

from tests.acme.acme_world import DOMAIN
from tests.doctor.commands import run
from tests.support.appliance import Appliance, Tables
from tests.support.rigs.knot import DnsServer
from tests.support.rigs.pebble import pebble
from tests.support.scenario import until

BY_ITS_NAME = {"HOMECALL_SERVER__PUBLIC_HOST": "auto"}
"""The daemon's links; the test itself comes by the address of its configuration."""

pytestmark = [pytest.mark.apt, pytest.mark.slow]


async def shown(appliance: Appliance, name: str | None, roots: str) -> str:
    """Connect by a name, or by the address; raises SSLError where a browser that trusts `roots`
    would warn. Returns the issuer of what was shown."""
    context = ssl.create_default_context(cadata=roots)
    _, writer = await asyncio.open_connection(
        "127.0.0.1", appliance.https_port, ssl=context, server_hostname=name or "127.0.0.1"
    )
    certificate = writer.get_extra_info("peercert")
    writer.close()
    await writer.wait_closed()
    return str(certificate["issuer"])


async def test_it_gets_a_certificate_shows_it_and_begins_without_one(
    knot: DnsServer, tmp_path: Path
) -> None:
    folder = tmp_path / "pebble"
    folder.mkdir()
    with pebble(folder, f"127.0.0.1:{knot.port}") as authority:
        authority.stop()
        acme = {
            "domain": DOMAIN,
            "directory": authority.directory,
            "environment": {"LEGO_CA_CERTIFICATES": authority.trusted},
        }
        tables: Tables = {
            "server": {"http_port": authority.http_port},
            "tls": {"mode": "acme", "acme": acme},
        }
        async with Appliance.running(tables, environment=BY_ITS_NAME) as appliance:
            local = (appliance.directory / "tls" / "ca.crt").read_text()
            config = str(appliance.directory / "homecall.toml")
            assert "HomeCall Appliance" in await shown(appliance, None, local)
            status = await until(
                appliance, lambda status: "yet" in str(status["certificate"]["problem"])
            )
            assert f"no certificate for {DOMAIN} yet" in status["certificate"]["problem"]
            assert DOMAIN not in status["link"]["url"]
            done = await asyncio.to_thread(
                run, "doctor", "--config", config, environment=BY_ITS_NAME
            )
            assert "no certificate for" in done.line("certificate")

            authority.start()
            # Another attempt is made when the daemon starts anew, or after a pause.
            await appliance.stop()
            await appliance.start()
            await until(appliance, lambda status: not status["certificate"]["problem"], 60)
            assert "Pebble" in await shown(appliance, DOMAIN, authority.root().decode())
            assert "HomeCall Appliance" in await shown(appliance, None, local)
            done = await asyncio.to_thread(
                run, "doctor", "--config", config, environment=BY_ITS_NAME
            )
            renewed = f"for {DOMAIN} is valid until "
            assert renewed in done.line("certificate")
            await appliance.stop()
            done = await asyncio.to_thread(
                run, "doctor", "--config", config, environment=BY_ITS_NAME
            )
            assert renewed in done.line("certificate")
