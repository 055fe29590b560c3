"""Relays as coturn has them: over UDP, TCP and TLS, and what it says to bad credentials."""

import ssl
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from homecall_appliance.calls.ice_servers import CREDENTIAL_LIFETIME, ice_servers
from homecall_appliance.config.model import Ice, TurnServer
from homecall_appliance.media.webrtc.ice_options import IceOptions, system_trust
from homecall_appliance.media.webrtc.server_memory import ServerState
from tests.media.webrtc.gathering_world import states, world
from tests.support.address import local_address
from tests.support.browsers.authority import Authority
from tests.support.connection import until
from tests.support.ice_servers import SECRET, Coturn, coturn

pytestmark = [pytest.mark.apt, pytest.mark.slow]

TRANSPORTS = ["udp", "tcp", "tls"]


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Coturn]:
    """coturn with a certificate of an authority of its own."""
    authority = Authority(tmp_path)
    certificate, key = authority.leaf(local_address())
    async with coturn(tmp_path, certificate, key) as running:
        yield replace(running, authority=authority.certificate)


def url(server: Coturn, transport: str) -> str:
    if transport == "tls":
        return f"turns:{server.address}:{server.tls_port}"
    return f"turn:{server.address}:{server.port}?transport={transport}"


def asking(*urls: str, secret: str = SECRET, behind: float = 0.0, trusted: Path) -> IceOptions:
    """A peer's options; `behind`: seconds that the clock of the machine is."""
    ice = Ice(turn=(TurnServer(urls=urls, secret=secret),))
    servers = partial(ice_servers, ice, time.time() - behind, "mark")
    return IceOptions(servers, tls=lambda: ssl.create_default_context(cafile=trusted))


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_a_call_goes_through_it(server: Coturn, transport: str) -> None:
    async with world(host=False) as ours:
        ice = asking(url(server, transport), trusted=server.authority)
        ours.ask(ice)
        await until(lambda: None in ours.told)
        assert states(ice) == [ServerState.WORKS]
        await ours.connect()
        assert ours.way == "relay"


async def test_all_its_urls_are_used_at_once(server: Coturn) -> None:
    urls = [url(server, each) for each in TRANSPORTS]
    async with world(host=False) as ours:
        ours.ask(asking(*urls, trusted=server.authority))
        await until(lambda: None in ours.told)
        priorities = [int(line.split()[3]) for line in ours.told if line]
        assert len(set(priorities)) == 3
        await ours.connect()
        assert ours.way == "relay"


@pytest.mark.parametrize(("secret", "behind"), [("wrong", 0.0), (SECRET, 2 * 86400.0)])
async def test_it_refuses_a_wrong_secret_and_credentials_of_a_wrong_clock(
    server: Coturn, secret: str, behind: float
) -> None:
    assert behind == 0 or behind > CREDENTIAL_LIFETIME
    async with world() as ours:
        ice = asking(url(server, "udp"), secret=secret, behind=behind, trusted=server.authority)
        ours.ask(ice)
        await until(lambda: ours.told)
        [record] = ice.memory.records
        assert (record.state, record.reason) == (
            *(ServerState.REFUSES, "it refuses the credentials (401)"),
        )
        assert ours.told == [None]


async def test_a_relay_whose_certificate_is_of_nobody_is_not_used(server: Coturn) -> None:
    async with world() as ours:
        ice = replace(asking(url(server, "tls"), trusted=server.authority), tls=system_trust)
        ours.ask(ice)
        await until(lambda: ours.told)
        [record] = ice.memory.records
        assert record.reason == "its certificate is not trusted"


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_it_gets_its_allocation_back(server: Coturn, transport: str) -> None:
    async with world() as ours:
        ours.ask(asking(url(server, transport), trusted=server.authority))
        await until(lambda: None in ours.told)
        assert len(ours.told) == 2
    log = server.log
    await until(lambda: "lifetime=0" in log.read_text())


async def test_a_peer_that_it_forbids_costs_no_call(server: Coturn) -> None:
    """It relays to no address of the loopback."""
    async with world(host=False) as ours:
        ours.ask(asking(url(server, "udp"), trusted=server.authority))
        await until(lambda: None in ours.told)
        [relay] = ours.candidates[0].relays
        for _ in range(3):
            relay.sendto(b"x" * 20, ("127.0.0.1", 4242))
            await until(lambda: "BIND processed, error 403" in server.log.read_text())
        await ours.connect()
        assert ours.way == "relay"
    assert server.log.read_text().count("BIND processed, error 403") == 1
