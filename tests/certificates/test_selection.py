"""The owner's certificate for its names, and one of the appliance's own everywhere else."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from homecall_appliance.certificates.files import CertificateFiles
from homecall_appliance.certificates.local_ca import LocalAuthority
from homecall_appliance.certificates.opening import beside_own_authority
from homecall_appliance.certificates.selection import MEANWHILE, CertificateSelection
from homecall_appliance.certificates.tls import TlsError
from homecall_appliance.network.addresses import Names
from homecall_appliance.network.home_network import HomeNetwork
from tests.support.owner_world import NAME, PEM, Kept, Owner
from tests.support.ports_world import Ports, open_ports
from tests.support.tls_world import Client, listen

HOME = Names(("localhost", "pi.local"), (ip_address("127.0.0.1"),))
OTHER = "other.example.org"
LINK = f"https://{NAME}:8443/"


@dataclass
class World:
    """An appliance with an owner's certificate, and the days that have passed."""

    folder: Path
    owner: Owner
    days: float = 0.0

    def __post_init__(self) -> None:
        self.files = CertificateFiles(
            self.folder / "fullchain.pem",
            self.folder / "privkey.pem",
            lambda: NAME,
            lambda: self.owner.now + timedelta(days=self.days),
        )
        self.local = LocalAuthority(self.folder / "tls", lambda: HOME, lambda: datetime.now(UTC))
        self.selection = CertificateSelection(self.files, self.local, lambda: "127.0.0.1")

    def get(self, kept: Kept) -> None:
        kept.write(self.folder)
        self.selection.refresh()

    def after(self, days: float) -> None:
        self.days = days
        self.selection.refresh()

    @property
    def roots(self) -> bytes:
        return self.owner.root.public_bytes(PEM) + self.local.authority_pem

    async def shown(self, host: str) -> str:
        """Whose certificate a browser that trusts both takes for this host; an address has no
        SNI."""
        server, port = await listen(self.selection)
        async with server:
            client = Client(self.roots, names_count=self.selection.bears(host))
            served = await client.handshake(port, host)
        return "owner" if served.certificate.issuer == self.owner.sub.subject else "local"


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, Owner())


@pytest.fixture
def owned(world: World) -> World:
    world.get(world.owner.pair())
    return world


@pytest.mark.parametrize(
    ("host", "whose"),
    [
        (NAME, "owner"),
        (NAME.upper(), "owner"),
        (OTHER, "local"),
        ("localhost", "local"),
        ("pi.local", "local"),
        ("127.0.0.1", "local"),
    ],
)
async def test_who_is_shown_what(owned: World, host: str, whose: str) -> None:
    assert await owned.shown(host) == whose
    assert owned.selection.needs_trust(host) is (whose == "local")
    assert owned.selection.bears(host) is (host != OTHER)


async def test_an_owners_certificate_for_the_address_of_links_is_shown_there(world: World) -> None:
    world.get(world.owner.pair(names=(NAME, "127.0.0.1")))
    assert await world.shown("127.0.0.1") == "owner"
    assert not world.selection.needs_trust("127.0.0.1")
    assert await world.shown("localhost") == "local"


async def test_our_own_serves_until_there_is_an_owners_and_after_its_end(world: World) -> None:
    told = []

    async def look() -> None:
        selection = world.selection
        told.append((await world.shown(NAME), selection.lacking, bool(selection.problem)))

    world.get(world.owner.pair(begin=-90, end=-1))
    await look()
    assert (world.selection.problem or "").endswith(MEANWHILE)
    assert "has expired" in (world.selection.problem or "")
    world.get(world.owner.pair())
    await look()
    world.after(81)
    await look()
    world.get(world.owner.pair(end=200))
    await look()
    assert told == [
        ("local", True, True),
        ("owner", False, False),
        ("local", True, True),
        ("owner", False, False),
    ]


async def test_the_names_are_those_of_both(owned: World) -> None:
    assert owned.selection.names == Names((NAME, *HOME.dns), HOME.addresses)
    owned.after(81)
    assert owned.selection.names == HOME


def test_what_is_wrong_with_our_own_counts_while_links_need_it(owned: World) -> None:
    owned.local.problem, owned.local.notice = "It is not kept.", "It ends."
    assert (owned.selection.problem, owned.selection.notice) == (None, None)
    owned.days = 81
    owned.files.refresh()
    assert (owned.selection.problem or "").endswith(f"{MEANWHILE} It is not kept.")
    assert owned.selection.notice == "It ends."


# Where our own cannot be


def test_an_owners_certificate_does_without_our_own(owned: World, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    alone = beside_own_authority(owned.files, tmp_path / "file", NAME, HomeNetwork())
    assert alone is owned.files
    owned.after(81)
    with pytest.raises(TlsError, match="cannot be used"):
        beside_own_authority(owned.files, tmp_path / "file", NAME, HomeNetwork())


# What both ports make of it


@pytest.fixture
async def ports(owned: World) -> AsyncIterator[Ports]:
    folder = owned.folder / "ports"
    folder.mkdir()
    async with open_ports(folder, certificates=owned.selection, link=LINK) as ports:
        ports.trust.load_verify_locations(cadata=owned.roots.decode())
        yield ports


@pytest.mark.parametrize("path", ["/", "/config.json", "/nothing"])
async def test_browsers_insist_on_an_owners_certificate_for_a_day(
    owned: World, ports: Ports, path: str
) -> None:
    ports.trust.check_hostname = False  # in the end a browser warns, and may be sent on
    seen = []
    for days in (0, 81):
        owned.after(days)
        for host in (NAME, None):
            async with ports.client.get(ports.url(path), server_hostname=host) as response:
                seen.append(response.headers.get("Strict-Transport-Security"))
    assert seen == ["max-age=86400", None, None, None]


async def test_a_page_is_told_whether_its_certificate_is_one_that_phones_trust(
    ports: Ports,
) -> None:
    told = []
    for host in (NAME, None):
        async with ports.client.get(ports.url("/config.json"), server_hostname=host) as response:
            told.append((await response.json())["trusted"])
    assert told == [True, False]


async def test_the_authority_is_there_for_who_comes_by_an_address(
    owned: World, ports: Ports
) -> None:
    for url in (ports.url("/ca.crt"), ports.plain_url("/ca.crt")):
        async with ports.client.get(url) as response:
            assert await response.read() == owned.local.authority_pem


@pytest.mark.parametrize(
    ("days", "url", "expected"),
    [
        # By its name nobody needs to trust anything, and a router maps the port.
        (0, f"//{NAME}/", (308, LINK)),
        (0, f"//{NAME}:8080/a?b=c", (308, f"{LINK}a?b=c")),
        # Nor does who comes by an address, as long as there is a link by the name.
        (0, "//127.0.0.1/", (307, LINK)),
        (0, "//127.0.0.1/a", (308, "https://127.0.0.1:{port}/a")),
        (81, f"//{NAME}/", (200, None)),
        (81, "//127.0.0.1/", (200, None)),
    ],
)
async def test_where_the_plain_port_leads(
    owned: World, ports: Ports, days: float, url: str, expected: tuple[int, str | None]
) -> None:
    owned.after(days)
    asked = urlsplit(url)
    async with ports.client.get(
        ports.plain_url(url.removeprefix(f"//{asked.netloc}")),
        headers={"Host": asked.netloc},
        allow_redirects=False,
    ) as response:
        location = response.headers.get("Location")
        assert response.status == expected[0]
    assert location == (expected[1] and expected[1].format(port=ports.https))
