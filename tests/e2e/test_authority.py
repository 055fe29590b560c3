"""What a phone believes that trusts the appliance: its names, and no site, whoever has the key."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from ipaddress import ip_address
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import pytest_asyncio
from aiohttp import web
from cryptography import x509

from homecall_appliance.certificates.authority import Authority, KeyPair
from homecall_appliance.network.addresses import IPAddress
from tests.support.address import local_address
from tests.support.appliance import Appliance
from tests.support.browsers.browser import Browser, BrowserName, launch
from tests.support.browsers.phone import PageError, Phone
from tests.support.tls_world import forged, make_outdated

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]

SITE, HOME = "www.bank.example", "other.local"
BARE = socket.gethostname().partition(".")[0].lower()
BELOW = f"www.{BARE}"
ADDRESS = ip_address("8.8.8.8")
REFUSED = r"ERR_CERT_INVALID|CERT_NOT_IN_NAME_SPACE"
NOT_TRUSTED = r"ERR_CERT_AUTHORITY_INVALID|SEC_ERROR_UNKNOWN_ISSUER"


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["chromium", "firefox"])
async def browser(request: pytest.FixtureRequest, authority: Path) -> AsyncIterator[Browser]:
    """One that takes this machine for a site."""
    async with launch(request.param, authority, local_names=(SITE, HOME, BARE, BELOW)) as browser:
        yield browser


@pytest.fixture(scope="module")
def stolen(appliance: Appliance) -> Authority:
    """All that the appliance's disk has of its authority."""
    return Authority.from_pem((appliance.directory / "tls" / "authority.pem").read_bytes())


@asynccontextmanager
async def served(chain: bytes, leaf: KeyPair) -> AsyncIterator[int]:
    """A site that shows this chain; yields its port on 127.0.0.1 and ::1."""

    async def index(_request: web.Request) -> web.Response:
        return web.Response(text="Your money, please.", content_type="text/html")

    app = web.Application()
    app.router.add_get("/", index)
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    with TemporaryDirectory() as folder:
        file = Path(folder) / "chain.pem"
        file.write_bytes(chain + leaf.key_pem)
        tls.load_cert_chain(file)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
    port = runner.addresses[0][1]
    await web.TCPSite(runner, "::1", port, ssl_context=tls).start()
    try:
        yield port
    finally:
        await runner.cleanup()


def site(authority: Authority, *names: str | IPAddress) -> AbstractAsyncContextManager[int]:
    """One that whoever has the key of `authority` can make for these names."""
    leaf = forged(authority, *names)
    return served(authority.chain(leaf), leaf)


async def test_the_appliances_own_names_are_believed(phone: Phone, appliance: Appliance) -> None:
    for host in (appliance.host, "localhost", "127.0.0.1"):
        await phone.open(f"https://{host}:{appliance.https_port}/")
        assert await phone.evaluate("isSecureContext && location.hostname") == host


async def test_who_steals_the_key_can_pose_as_a_machine_at_home_and_as_no_site(
    phone: Phone, stolen: Authority
) -> None:
    async with site(stolen, HOME) as port:
        await phone.open(f"https://{HOME}:{port}/")
        assert await phone.evaluate("document.body.textContent") == "Your money, please."
    async with site(stolen, SITE) as port:
        with pytest.raises(PageError, match=REFUSED):
            await phone.open(f"https://{SITE}:{port}/")
    async with site(stolen, SITE, HOME) as port:
        with pytest.raises(PageError, match=REFUSED):
            await phone.open(f"https://{HOME}:{port}/")


async def test_nor_as_what_is_below_the_machines_own_bare_name(
    phone: Phone, stolen: Authority
) -> None:
    """Which may be a top-level domain, such as tv."""
    async with site(stolen, BARE) as port:
        await phone.open(f"https://{BARE}:{port}/")
    async with site(stolen, BELOW) as port:
        with pytest.raises(PageError, match=REFUSED):
            await phone.open(f"https://{BELOW}:{port}/")


async def test_nor_as_an_address_on_the_internet(phone: Phone, stolen: Authority) -> None:
    async with site(stolen, ip_address("127.0.0.1")) as port:
        await phone.open(f"https://127.0.0.1:{port}/")
    async with site(stolen, ip_address("127.0.0.1"), ADDRESS) as port:
        with pytest.raises(PageError, match=REFUSED):
            await phone.open(f"https://127.0.0.1:{port}/")


async def sent(appliance: Appliance) -> list[x509.Certificate]:
    """What the appliance shows in a handshake."""
    client = ["openssl", "s_client", "-showcerts", "-connect"]
    process = await asyncio.create_subprocess_exec(
        *client,
        f"127.0.0.1:{appliance.https_port}",
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    said, _ = await process.communicate()
    return x509.load_pem_x509_certificates(said)


@pytest.mark.parametrize("name", ["chromium", "firefox"])
async def test_an_appliance_that_is_upgraded_shows_the_new_authority(
    tmp_path: Path, name: BrowserName
) -> None:
    old = make_outdated(tmp_path / "tls")
    (tmp_path / "old.pem").write_bytes(old.certificate_pem)
    state = {"tls": {"state_directory": str(tmp_path / "tls")}}
    async with Appliance.running(state) as appliance:
        url = f"https://{local_address()}:{appliance.https_port}/"
        async with launch(name, appliance.ca) as browser:
            await (await browser.phone()).open(url)
        async with launch(name, tmp_path / "old.pem") as browser:
            with pytest.raises(PageError, match=NOT_TRUSTED):
                await (await browser.phone()).open(url)
        certificate, log = (await appliance.status())["certificate"], appliance.log()
        shown = await sent(appliance)
        root = x509.load_pem_x509_certificate(appliance.ca.read_bytes())
    leaf, intermediate = shown
    leaf.verify_directly_issued_by(intermediate)
    intermediate.verify_directly_issued_by(root)
    for each in (root, intermediate):
        assert each.extensions.get_extension_for_class(x509.NameConstraints).critical
    assert "could vouch for every site" in log
    assert "every phone must be asked to trust it" in log
    assert certificate["problem"] is None
    assert "in the place of" in certificate["notice"]
    assert not (tmp_path / "tls" / "ca.key").exists()
