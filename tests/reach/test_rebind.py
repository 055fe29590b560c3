"""The name in links while the home's router hides it: dnsmasq, asked by a real daemon, withholds
addresses at home, or says that there is no such name, or says nothing."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from PIL import Image

from homecall_appliance.acme.state import Settings, State
from homecall_appliance.display.image import SIZE
from homecall_appliance.display.render import Look, render
from homecall_appliance.display.view import LinkView
from homecall_appliance.network.name_state import SILENCE
from homecall_appliance.network.resolver import TIME_LIMIT
from tests.doctor.commands import Done, run
from tests.reach.addresses import APPLIANCE4, GATE, LAN, NAME, ROUTER
from tests.reach.machines import Node
from tests.reach.networks import Networks, networks
from tests.reach.services import Service, name_server
from tests.reach.topology import Topology
from tests.support.appliance import COMMAND, Appliance
from tests.support.browsers.browser import launch
from tests.support.browsers.phone import Phone
from tests.support.owner_world import PEM, Owner
from tests.support.scenario import sees, until

pytestmark = [pytest.mark.e2e, pytest.mark.rig, pytest.mark.long, pytest.mark.timeout(400)]

RESOLVER = LAN.host4(ROUTER)
"""The router, whom everybody in the home asks for names."""

ELSEWHERE = "elsewhere.example.test"
PUBLIC = "9.9.9.9"
"""A name with a public address, which no filter hides. dnsmasq counts those for documentation as
private; nobody connects to it."""

FILTER = "--stop-dns-rebind"

A_MINUTE = 60.0
"""Seconds within which links follow (issue 19, A3): twice the pause between two looks."""

PLAIN_PORT = {"HOMECALL_SERVER__HTTP_PORT": "80"}
"""The daemon's; nothing of the test's own network gets there."""

BY_ADDRESS = """
import socket, ssl, sys
context = ssl.create_default_context(cafile=sys.argv[2])
with socket.create_connection((sys.argv[1], 443)) as plain:
    with context.wrap_socket(plain, server_hostname=sys.argv[1]) as secure:
        secure.sendall(b"GET / HTTP/1.1\\r\\nHost: %b\\r\\nConnection: close\\r\\n\\r\\n"
            % sys.argv[1].encode())
        print(secure.makefile().read())
"""
"""A client that trusts one authority and sends no name: for an address, Python sends none either
(RFC 6066, section 3)."""

ASK = """
import sys
from homecall_appliance.network.resolver import look_up_in_time
print(look_up_in_time(sys.argv[1]).outcome)
"""


class Home:
    """The networks of a home, its router's resolver, and what the internet knows of names."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.networks: Networks = stack.enter_context(networks(Topology(where="lan")))
        self.folder = folder
        # Of names that it does not know in this zone it says so (NXDOMAIN), and of these that they
        # have no other kind of address (RFC 2308, section 2).
        zone = [f"--local=/{NAME.partition('.')[2]}/"]
        zone += [f"--host-record={NAME},{APPLIANCE4}", f"--host-record={ELSEWHERE},{PUBLIC}"]
        self.internet = self._internet(*zone)
        self.resolver = self._resolver()
        for each in (self.networks.appliance, self.networks.phone):
            each.resolve_by(RESOLVER)
        self.internet.start()
        self.resolver.start()
        stack.callback(self._stop)

    @property
    def appliance(self) -> Node:
        return self.networks.appliance

    def resolve(self, *options: str) -> None:
        """Let the router's resolver begin anew with these options of dnsmasq(8)."""
        self.resolver.stop()
        self.resolver = self._resolver(*options)
        self.resolver.start()

    def refuse(self) -> None:
        """Let every answer be a refusal (RFC 1035, section 4.1.1: 5), which the router hands on."""
        self.internet.stop()
        self.internet = self._internet()
        self.internet.start()

    def _internet(self, *options: str) -> Service:
        log = self.folder / "names.log"
        return name_server(self.networks.internet, log, {}, GATE, *options)

    def _resolver(self, *options: str) -> Service:
        asks = (f"--server={GATE}", "--cache-size=0")
        log = self.folder / "resolver.log"
        return name_server(self.networks.home, log, {}, RESOLVER, *asks, *options)

    def _stop(self) -> None:
        self.resolver.stop()
        self.internet.stop()

    def ask(self, name: str) -> str:
        """What the appliance's machine hears."""
        return self.appliance.run(sys.executable, "-c", ASK, name).strip()


@pytest.fixture
def home(tmp_path: Path) -> Any:
    with ExitStack() as stack:
        yield Home(tmp_path, stack)


@asynccontextmanager
async def daemon(home: Home, tls: Mapping[str, Any]) -> AsyncIterator[Appliance]:
    tables = {
        "server": {"https_port": 443, "http_port": 0, "public_host": NAME},
        "tls": {"state_directory": str(home.folder / "tls"), **tls},
        "camera": {"width": 640, "height": 360, "framerate": 15},
        "ui": {"language": "en"},
    }
    command = (*home.appliance.prefix, *COMMAND)
    async with Appliance.running(tables, command, PLAIN_PORT) as appliance:
        yield appliance


def by_files(owner: Owner, folder: Path) -> Mapping[str, Any]:
    certificate, key = owner.pair(names=(NAME,)).write(folder)
    return {"mode": "files", "certificate": str(certificate), "private_key": str(key)}


def by_acme(owner: Owner, folder: Path) -> Mapping[str, Any]:
    """With a certificate that has been got before; the authority is not reached."""
    settings = Settings(domain=NAME, directory="https://localhost:9/dir")
    pair = owner.pair(names=(NAME,))
    State(folder / "tls", settings).keep_certificate(pair.key + pair.chain)
    return {"mode": "acme", "acme": {"domain": NAME, "directory": settings.directory}}


async def doctor(appliance: Appliance, home: Home) -> Done:
    config = str(appliance.directory / "homecall.toml")
    prefix = home.appliance.prefix
    return await asyncio.to_thread(
        run, "doctor", "--config", config, prefix=prefix, environment=PLAIN_PORT
    )


async def link_leads_to(appliance: Appliance, host: str, within: float = A_MINUTE) -> str:
    """Wait until it does, print how long that took, and return what the status says of it."""
    since = time.monotonic()

    def led(status: Mapping[str, Any]) -> bool:
        return str(urlsplit(status["link"]["url"]).hostname) == host

    status = await until(appliance, led, within)
    print(f"The link leads to {host} after {time.monotonic() - since:.1f} s.")
    return str(status["link"].get("problem"))


def on_screen(appliance: Appliance) -> bytes:
    with Image.open(appliance.screen) as image:
        return image.convert("RGB").tobytes()


def drawn(status: Mapping[str, Any]) -> bytes:
    """A screen that shows the link and says that a filter hides the name, after the last call."""
    fingerprint = status["certificate"]["authority"]["fingerprint"]
    view = LinkView(status["link"]["url"], troubles=("filtered",), fingerprint=fingerprint)
    return render(view, Look(SIZE, 0, "en")).tobytes()


async def calls(phone: Phone, link: str) -> None:
    """Open the link, without a warning and to the first pictures."""
    await phone.open(link)
    assert await phone.evaluate("isSecureContext")
    await sees(phone)


@pytest.mark.parametrize("certificate", [by_files, by_acme])
async def test_links_do_without_the_name_while_a_filter_hides_it(
    certificate: Any, home: Home, tmp_path: Path
) -> None:
    owner = Owner()
    async with daemon(home, certificate(owner, tmp_path)) as appliance:
        local = tmp_path / "tls" / "ca.crt"
        trusted = tmp_path / "trusted.pem"
        trusted.write_bytes(local.read_bytes() + owner.root.public_bytes(PEM))
        prefix = home.networks.phone.prefix
        async with launch("chromium", trusted, prefix=prefix) as browser:
            assert await link_leads_to(appliance, NAME) == "None"
            visitor = await browser.phone()
            await calls(visitor, await appliance.link())
            await visitor.close()

            home.resolve(FILTER)
            told = await link_leads_to(appliance, APPLIANCE4)
            said = (await doctor(appliance, home)).line("network")
            for sentence in (told, said, appliance.log()):
                assert "tells no address of the name" in sentence
                assert "does not know" not in sentence
                for router in ("FRITZ!Box", "OpenWrt", "dnsmasq", "pfSense", "UniFi"):
                    assert router in sentence
            await until(appliance, lambda status: on_screen(appliance) == drawn(status), A_MINUTE)
            page = home.networks.phone.run(sys.executable, "-c", BY_ADDRESS, APPLIANCE4, str(local))
            assert page.startswith("HTTP/1.1 200")
            assert 'id="app"' in page
            visitor = await browser.phone()
            await calls(visitor, await appliance.link())
            await visitor.close()

            home.resolve()
            assert await link_leads_to(appliance, NAME) == "None"
            visitor = await browser.phone()
            await calls(visitor, await appliance.link())
            assert "The link leads to" in (await doctor(appliance, home)).line("network")


@pytest.mark.parametrize(
    ("options", "name", "outcome"),
    [
        ((), NAME, "found"),
        ((FILTER,), NAME, "filtered"),
        ((FILTER,), ELSEWHERE, "found"),
        ((FILTER, f"--rebind-domain-ok=/{NAME}/"), NAME, "found"),
        ((f"--address=/{NAME}/0.0.0.0", f"--address=/{NAME}/::"), NAME, "filtered"),
        ((), f"no-{NAME}", "unknown"),
        ((FILTER,), f"no-{NAME}", "unknown"),
    ],
)
def test_what_a_resolver_makes_of_a_name(
    options: tuple[str, ...], name: str, outcome: str, home: Home
) -> None:
    """The exception is what the owner is told to make (network/name_state.py)."""
    home.resolve(*options)
    assert home.ask(name) == outcome


def test_a_name_that_is_refused_is_filtered(home: Home) -> None:
    """As dnsmasq's filter did for years, and dnscrypt-proxy's does."""
    home.refuse()
    assert home.ask(NAME) == "filtered"


def test_what_is_heard_where_nobody_answers(home: Home) -> None:
    home.internet.stop()
    assert home.ask(NAME) == "silent", "the router answers, and has nobody to ask"
    home.resolver.stop()
    assert home.ask(NAME) == "silent", "nobody listens"
    with home.networks.home.filtering("udp dport 53 drop"):
        assert home.ask(NAME) == "silent", f"not a word in {TIME_LIMIT} s"


async def test_links_do_without_a_name_that_is_refused(home: Home, tmp_path: Path) -> None:
    async with daemon(home, by_files(Owner(), tmp_path)) as appliance:
        assert await link_leads_to(appliance, NAME) == "None"
        home.refuse()
        assert "DNS rebind protection" in await link_leads_to(appliance, APPLIANCE4)


async def test_links_do_without_a_resolver_that_says_nothing(home: Home, tmp_path: Path) -> None:
    """A router that starts anew is waited for; the name comes back with the first answer."""
    async with daemon(home, by_files(Owner(), tmp_path)) as appliance:
        assert await link_leads_to(appliance, NAME) == "None"
        home.resolver.stop()
        told = await link_leads_to(appliance, APPLIANCE4, SILENCE + A_MINUTE)
        assert "No resolver answers when it is asked" in told
        home.resolve()
        assert await link_leads_to(appliance, NAME) == "None"
