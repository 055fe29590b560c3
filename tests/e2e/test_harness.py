"""The harness itself: both browsers on a page that calls itself, under the strict policy."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
import qrcode
from aiohttp import web

from tests.support.address import local_address
from tests.support.browsers.authority import Authority
from tests.support.browsers.browser import Browser, BrowserName, launch
from tests.support.browsers.devices import Access, Devices
from tests.support.browsers.phone import PageError, Phone
from tests.support.qr import read_qr

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]

SITE = Path(__file__).with_name("site")

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@pytest.fixture(scope="module")
def own_authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def authority(own_authority: Authority) -> Path:
    """In place of the appliance's: this module needs no daemon."""
    return own_authority.certificate


async def site(authority: Authority) -> AsyncIterator[str]:
    """Serve the page that calls itself; yields its address."""

    async def index(_request: web.Request) -> web.FileResponse:
        return web.FileResponse(SITE / "index.html", headers={"Content-Security-Policy": POLICY})

    async def icon(_request: web.Request) -> web.Response:
        return web.Response(status=204)

    async def language(request: web.Request) -> web.Response:
        return web.Response(text=request.headers["Accept-Language"])

    app = web.Application()
    app.router.add_get("/", index)
    app.router.add_get("/language", language)
    app.router.add_get("/favicon.ico", icon)
    app.router.add_static("/", SITE)
    host = local_address()
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(*authority.leaf(host))
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, host, 0, ssl_context=tls).start()
    yield f"https://{host}:{runner.addresses[0][1]}/"
    await runner.cleanup()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def trusted(own_authority: Authority) -> AsyncIterator[str]:
    async for url in site(own_authority):
        yield url


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def untrusted(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    async for url in site(Authority(tmp_path_factory.mktemp("stranger"))):
        yield url


async def test_probes_read_a_call(phone: Phone, trusted: str) -> None:
    await phone.open(trusted)
    assert await phone.evaluate("probes.stats()") is None
    assert await phone.evaluate("probes.frame()") is None
    assert await phone.evaluate("probes.clock()") is None
    assert await phone.evaluate("probes.tone()") is None

    await phone.click("#start")
    await phone.wait_for("probes.frame()")
    await phone.wait_for("probes.frame().difference > 1")
    picture = await phone.evaluate("probes.frame()")
    assert picture["width"] * 9 == picture["height"] * 16

    first = await phone.wait_for("probes.clock()")
    second = await phone.wait_for(f"(c => c?.time > {first['time']} && c)(probes.clock())")
    assert 0 <= first["age"] < 5_000
    assert 0 <= second["age"] < 5_000

    tone = await phone.wait_for("probes.tone().then(tone => tone?.level > -60 && tone)")
    assert tone["hertz"] == pytest.approx(440, abs=5)

    heard = await phone.wait_for("probes.stats().then(s => s.inbound.audio && s)")
    assert heard["connectionState"] == "connected"
    assert heard["inbound"]["audio"]["mimeType"] == "audio/opus"
    assert heard["inbound"]["audio"]["totalAudioEnergy"] > 0
    assert heard["inbound"]["video"]["framesDecoded"] > 0
    assert heard["inbound"]["video"]["mimeType"].startswith("video/")
    sent = await phone.evaluate("probes.stats(0)")
    assert sent["outbound"]["video"]["framesSent"] > 0
    assert sent["outbound"]["audio"]["packetsSent"] > 0
    assert phone.errors == []


async def test_a_track_that_brings_no_sound_has_no_tone(phone: Phone, trusted: str) -> None:
    """As before a call is connected: Firefox records silence then, and Chromium nothing at all."""
    await phone.open(trusted)
    track = "new RTCPeerConnection().addTransceiver('audio').receiver.track"
    await phone.evaluate(
        f"void (document.querySelector('#remote-video').srcObject = new MediaStream([{track}]))"
    )
    tone = await phone.evaluate("probes.tone()")
    assert tone is None or tone["level"] < -90


async def test_a_click_is_a_users_and_the_page_speaks_their_language(
    browser: Browser, trusted: str, tmp_path: Path
) -> None:
    phone = await browser.phone(locale="ru-RU", viewport=(1280, 800))
    await phone.open(trusted)
    await phone.click("#start")
    await phone.wait_for("probes.peers.length")
    assert phone.console == ["info: trusted true, ru-RU"]
    asked = await phone.evaluate("fetch('/language').then(answer => answer.text())")
    assert asked.startswith("ru")
    assert await phone.evaluate("[innerWidth, innerHeight]") == [1280, 800]
    await phone.close()


async def test_an_authority_that_is_not_trusted_is_refused(phone: Phone, untrusted: str) -> None:
    with pytest.raises(PageError, match=r"CERT_AUTHORITY_INVALID|UNKNOWN_ISSUER"):
        await phone.open(untrusted)


async def test_what_is_no_address_is_refused(phone: Phone) -> None:
    async with asyncio.timeout(5):
        with pytest.raises(PageError, match=r"(?i)invalid url|malformed"):
            await phone.open("")


async def test_what_fails_says_so(phone: Phone, trusted: str) -> None:
    await phone.open(trusted)
    with pytest.raises(PageError, match="nonsense"):
        await phone.evaluate("nonsense()")
    with pytest.raises(TimeoutError, match="#nothing"):
        await phone.click("#nothing", within=0.1)
    with pytest.raises(TimeoutError, match="still says 0"):
        await phone.wait_for("0", within=0.1)
    await phone.evaluate("void setTimeout(() => { throw new Error('on purpose'); })")
    await phone.wait_for("new Promise(done => setTimeout(done, 100, true))")
    assert len(phone.errors) == 1
    assert "on purpose" in phone.errors[0]


async def test_a_qr_code_is_read_from_a_screenshot(
    phone: Phone, trusted: str, tmp_path: Path
) -> None:
    await phone.open(trusted)
    link = "https://192.0.2.1:8443/?session=00000000-0000-4000-8000-000000000000"
    code = qrcode.QRCode(border=4)
    code.add_data(link)
    rows = "".join("".join("01"[dark] for dark in row) for row in code.get_matrix())
    await phone.evaluate(f"paintModules('{rows}')")
    assert read_qr(await phone.screenshot(tmp_path / "page.png")) == link


@pytest.mark.parametrize("name", ["chromium", "firefox"])
@pytest.mark.parametrize(
    ("access", "problem"), [("denied", "NotAllowedError"), ("none", "NotFoundError")]
)
async def test_devices_can_be_denied_or_missing(
    name: BrowserName, access: Access, problem: str, authority: Path, trusted: str
) -> None:
    async with launch(name, authority, Devices(access=access)) as browser:
        phone = await browser.phone()
        await phone.open(trusted)
        await phone.click("#start")
        said = "document.getElementById('problem').textContent"
        assert await phone.wait_for(said) == problem
        await phone.close()
