"""The certificates as clients see them. The machine's own clock decides here, as in a phone."""

import asyncio
import ssl
import subprocess
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509

from homecall_appliance.certificates.authority import make_authority
from homecall_appliance.network.addresses import Names
from tests.support.tls_world import (
    HOME,
    Client,
    World,
    connect,
    listen,
)


@pytest.fixture
def today(tmp_path: Path) -> World:
    return World(tmp_path / "tls", now=datetime.now(UTC))


@pytest.mark.parametrize("host", ["pi", "pi.local", "localhost", "127.0.0.1", "192.168.7.7", "::1"])
async def test_a_client_that_trusts_the_authority_connects(today: World, host: str) -> None:
    certificates = today.authority()
    served = await connect(certificates, certificates.authority_pem, host)
    assert served.certificate == today.leaf
    assert (served.version, served.protocol) == ("TLSv1.3", "http/1.1")


@pytest.mark.parametrize("host", ["other.local", "192.168.7.8", "fd00::8"])
async def test_a_host_that_is_not_in_the_certificate_is_refused(today: World, host: str) -> None:
    certificates = today.authority()
    with pytest.raises(ssl.SSLCertVerificationError, match="mismatch"):
        await connect(certificates, certificates.authority_pem, host)


async def test_a_client_that_trusts_another_authority_refuses(today: World) -> None:
    stranger = make_authority(HOME, today.now).root_pem
    with pytest.raises(ssl.SSLCertVerificationError):
        await connect(today.authority(), stranger)


async def test_tls_1_2_is_the_oldest(today: World) -> None:
    certificates = today.authority()
    server, port = await listen(certificates)
    tls12 = Client(certificates.authority_pem, maximum=ssl.TLSVersion.TLSv1_2)
    async with server:
        served = await tls12.handshake(port, "pi")
        assert (served.version, served.certificate) == ("TLSv1.2", today.leaf)
    assert certificates.context.minimum_version == ssl.TLSVersion.TLSv1_2
    names = {cipher["name"] for cipher in certificates.context.get_ciphers()}
    assert all("GCM" in name or "CHACHA20" in name for name in names)


def test_openssl_accepts_the_chain_and_the_names(today: World) -> None:
    today.authority()
    for check in (["-verify_hostname", "pi.local"], ["-verify_ip", "fd00::7"]):
        trusted = ["openssl", "verify", "-x509_strict", "-CAfile", str(today.file("ca.crt"))]
        served = str(today.file("server.crt"))
        checked = [*trusted, "-purpose", "sslserver", *check, "-untrusted", served, served]
        assert subprocess.run(checked, check=True, capture_output=True).stdout.endswith(b": OK\n")


async def test_handshakes_go_on_while_the_leaf_is_renewed(today: World) -> None:
    certificates = today.authority()
    client, issued = Client(certificates.authority_pem), [today.leaf]
    server, port = await listen(certificates)
    renewing = True

    async def call() -> list[x509.Certificate]:
        seen = []
        while renewing:
            seen.append((await client.handshake(port, "pi")).certificate)
        return seen

    async with server:
        calls = [asyncio.create_task(call()) for _ in range(4)]
        for number in range(20):
            address = ip_address(f"10.9.9.{number}")
            today.names = Names(HOME.dns, (*HOME.addresses, address))
            assert await asyncio.to_thread(certificates.refresh)
            issued.append(today.leaf)
            assert (await client.handshake(port, str(address))).certificate == today.leaf
        renewing = False
        seen = [certificate for each in await asyncio.gather(*calls) for certificate in each]
    assert set(seen) <= set(issued)
    assert len(set(seen)) > 2
