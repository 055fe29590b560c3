"""Certificates of a real authority (Pebble, strict), by a real DNS server (Knot DNS)."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec

from homecall_appliance.acme.http01 import PATH, HttpTokens
from homecall_appliance.acme.propagation import Dns
from homecall_appliance.acme.state import Settings
from homecall_appliance.certificates.files import CertificateFiles
from tests.acme.acme_world import DOMAIN, World, kept, settle, told
from tests.support.rigs.knot import SECRET, DnsServer
from tests.support.rigs.pebble import Pebble, pebble
from tests.support.rigs.programs import program
from tests.support.tls_world import connect

pytestmark = pytest.mark.apt


def served(file: Path) -> CertificateFiles:
    """What shows the certificate of a file to browsers."""
    return CertificateFiles(file, file, lambda: DOMAIN, lambda: datetime.now(UTC))


@pytest.fixture
def authority(knot: DnsServer, tmp_path: Path) -> Iterator[Pebble]:
    folder = tmp_path / "pebble"
    folder.mkdir()
    with pebble(folder, f"127.0.0.1:{knot.port}") as made:
        yield made


@pytest.fixture
def world(authority: Pebble, knot: DnsServer, tmp_path: Path) -> World:
    settings = Settings(
        DOMAIN,
        authority.directory,
        email="owner@home.test",
        provider="rfc2136",
        environment={**knot.environment, "LEGO_CA_CERTIFICATES": authority.trusted},
    )
    return World(tmp_path, settings, dns=Dns(("127.0.0.1",), knot.port))


async def test_a_first_certificate_and_its_renewal(
    world: World, authority: Pebble, knot: DnsServer
) -> None:
    """What is served changes with the file, and a client that trusts the authority agrees."""
    renewal = world.renewal()
    await settle(renewal)
    first = kept(renewal)
    file = renewal.certificate_file
    shown = served(file)
    assert (await connect(shown, authority.root(), DOMAIN)).certificate == first
    key = first.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    assert key.curve.name == "secp256r1"
    assert knot.records(f"_acme-challenge.{DOMAIN}", "TXT") == []

    file.unlink()  # an owner's way to have another one
    renewal = world.renewal()
    await settle(renewal)
    second = kept(renewal)
    assert second.serial_number != first.serial_number
    assert second.public_key() != key
    assert shown.refresh()
    assert (await connect(shown, authority.root(), DOMAIN)).certificate == second
    assert world.changes == [None, None]
    assert authority.log.count("There are now 1 accounts in memory") == 1


def short_lived(authority: Pebble) -> None:
    """Let its certificates be valid for some seconds."""
    authority.stop()
    authority.days = 4 / 86400
    authority.start()


async def test_a_short_life_is_renewed_in_time(world: World, authority: Pebble) -> None:
    short_lived(authority)
    renewal = world.renewal()
    await settle(renewal)
    first = kept(renewal)
    while kept(renewal) == first:
        await settle(renewal)
        assert told(renewal) == ""


async def test_an_account_that_the_authority_has_lost_is_replaced(
    world: World, authority: Pebble
) -> None:
    renewal = world.renewal()
    await settle(renewal)
    authority.stop()
    authority.start()
    renewal.certificate_file.unlink()
    renewal = world.renewal()
    await settle(renewal)
    assert told(renewal) == ""
    assert (
        await connect(
            served(renewal.certificate_file),
            authority.root(),
            DOMAIN,
        )
    ).certificate == kept(renewal)


async def test_a_wrong_key_of_the_dns_server_leaves_what_is_there(
    world: World, authority: Pebble
) -> None:
    short_lived(authority)
    renewal = world.renewal()
    await settle(renewal)
    secret = SECRET[::-1].strip("=") + "="
    wrong = {**world.settings.environment, "RFC2136_TSIG_SECRET": secret}
    world.settings = replace(world.settings, environment=wrong)
    renewal = world.renewal()
    before = b""
    while not told(renewal):  # Pebble may still take an earlier challenge for enough
        before = renewal.certificate_file.read_bytes()
        await settle(renewal)
    assert told(renewal).startswith(f"The certificate for {DOMAIN}")
    assert "does not accept the TSIG key" in told(renewal)
    assert secret not in told(renewal)
    assert renewal.certificate_file.read_bytes() == before


async def test_a_challenge_may_be_led_to_another_name(world: World, knot: DnsServer) -> None:
    """By a CNAME record, for an owner whose key may change only one name."""
    world.settings = replace(world.settings, domain="elsewhere.home.test")
    renewal = world.renewal()
    await settle(renewal)
    assert kept(renewal)
    assert knot.records("_acme-challenge.elsewhere.home.test", "CNAME") == [
        "_acme-challenge.door.home.test."
    ]


@asynccontextmanager
async def plain_port(tokens: HttpTokens, port: int) -> AsyncIterator[None]:
    """As the web server's plain port will answer challenges."""

    async def answer(request: web.Request) -> web.Response:
        found = tokens.answer(request.match_info["token"])
        if found is None:
            raise web.HTTPNotFound
        return web.Response(body=found.encode())

    app = web.Application()
    app.router.add_get(PATH + "{token}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        yield
    finally:
        await runner.cleanup()


async def test_a_certificate_by_the_plain_port(world: World, authority: Pebble) -> None:
    world.settings = replace(world.settings, provider="")
    renewal = world.renewal()
    async with plain_port(world.tokens, authority.http_port):
        await settle(renewal)
    assert kept(renewal)


async def test_a_plain_port_that_is_not_forwarded_is_told(world: World) -> None:
    world.settings = replace(world.settings, provider="")
    renewal = world.renewal()
    await settle(renewal)
    assert "The authority could not see that door.home.test is yours (" in told(renewal)
    assert "the router forward port 80 to server.http_port" in told(renewal)


HOOK = """#!/bin/sh
# As for lego: present|cleanup NAME VALUE
case $1 in
present) change="add $2 60 TXT $3" ;;
cleanup) change="del $2 TXT $3" ;;
esac
echo "$1 $2" >>"$(dirname "$0")/calls"
exec $KNSUPDATE -y "$KEY" <<END
server 127.0.0.1 $PORT
zone home.test.
$change
send
END
"""


async def test_a_certificate_by_an_owners_program(
    world: World, knot: DnsServer, tmp_path: Path
) -> None:
    hook = tmp_path / "hook"
    hook.write_text(HOOK)
    hook.chmod(0o755)
    environment = {
        "EXEC_PATH": str(hook),
        "KNSUPDATE": " ".join(program("knsupdate")),
        "KEY": f"hmac-sha256:owner:{SECRET}",
        "PORT": str(knot.port),
        "LEGO_CA_CERTIFICATES": world.settings.environment["LEGO_CA_CERTIFICATES"],
    }
    world.settings = replace(world.settings, provider="exec", environment=environment)
    renewal = world.renewal()
    await settle(renewal)
    assert told(renewal) == ""
    assert kept(renewal)
    name = f"_acme-challenge.{DOMAIN}."
    assert (tmp_path / "calls").read_text().splitlines() == [f"present {name}", f"cleanup {name}"]
