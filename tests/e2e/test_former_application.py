"""Another application was served at the appliance's address before, and has left a worker."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path

import pytest
from aiohttp import web

from homecall_appliance.certificates.local_ca import LocalAuthority
from homecall_appliance.network.addresses import Names
from tests.support.address import free_ports, local_address
from tests.support.appliance import Appliance, Tables
from tests.support.browsers.browser import BrowserName, launch
from tests.support.browsers.phone import PageError, Phone
from tests.support.scenario import flowing, until

pytestmark = [pytest.mark.e2e, pytest.mark.long, pytest.mark.asyncio(loop_scope="module")]

HOST = local_address()

PAGE = """<!doctype html><title>Former</title><script type="module" src="/app.js"></script>"""

APP = """
navigator.serviceWorker.register("/service-worker.js");
document.title = "Former";
"""

MODULES_FROM_CACHE = """
const KEPT = ["/", "/app.js", "/app/Env/Provider.mjs", "/app/Rtc/Peer.mjs"];
addEventListener("install", (event) => event.waitUntil((async () => {
  await (await caches.open("former")).addAll(KEPT);
  await skipWaiting();
})()));
addEventListener("activate", (event) => event.waitUntil(clients.claim()));
addEventListener("fetch", (event) => {
  const { request } = event;
  const { pathname } = new URL(request.url);
  if (request.mode === "navigate" || !KEPT.includes(pathname)) return;
  event.respondWith(caches.match(pathname));
});
"""
"""Serves the page from the network and its modules from a cache, as the first HomeCall's did."""

PAGE_FROM_CACHE = MODULES_FROM_CACHE.replace('request.mode === "navigate" || ', "")
"""Serves both from the cache: of the appliance nothing is asked but the worker's successor."""


WORKERS = """
navigator.serviceWorker.getRegistrations().then((all) => all.map((one) =>
  new URL((one.active ?? one.waiting ?? one.installing).scriptURL).pathname))
"""


@asynccontextmanager
async def former(authority: LocalAuthority, port: int, worker: str) -> AsyncIterator[None]:
    """The other application, at the appliance's address and with its certificate."""
    files = {
        "/": ("text/html", PAGE),
        "/app.js": ("text/javascript", APP),
        "/app/Env/Provider.mjs": ("text/javascript", "export default class Former {}"),
        "/app/Rtc/Peer.mjs": ("text/javascript", "export default class Former {}"),
        "/service-worker.js": ("text/javascript", worker),
    }

    async def file(request: web.Request) -> web.Response:
        kind, text = files.get(request.path, ("text/plain", ""))
        return web.Response(text=text, content_type=kind)

    app = web.Application()
    app.router.add_get("/{path:.*}", file)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, HOST, port, ssl_context=authority.context).start()
    try:
        yield
    finally:
        await runner.cleanup()


async def visited(phone: Phone, port: int) -> None:
    """Open the other application as far as its worker serves it."""
    await phone.open(f"https://{HOST}:{port}/")
    await phone.wait_for("Boolean(navigator.serviceWorker.controller)")
    assert await phone.evaluate("document.title") == "Former"


async def arrived(phone: Phone) -> None:
    """Wait for the call's page, which the browser may load twice."""
    async with asyncio.timeout(30):
        while True:
            with suppress(PageError):
                await phone.wait_for("document.querySelector('#app')?.dataset.state === 'call'")
                return


@pytest.mark.parametrize("worker", [MODULES_FROM_CACHE, PAGE_FROM_CACHE], ids=["modules", "page"])
@pytest.mark.parametrize("name", ["chromium", "firefox"])
async def test_its_visitors_are_in_a_call(tmp_path: Path, name: BrowserName, worker: str) -> None:
    names = Names(("localhost",), (ip_address(HOST),), host=ip_address(HOST))
    authority = LocalAuthority(tmp_path / "tls", lambda: names, lambda: datetime.now(UTC))
    (tmp_path / "ca.pem").write_bytes(authority.authority_pem)
    [port] = free_ports(1)
    overrides: Tables = {
        "server": {"https_port": port, "http_port": 0},
        "tls": {"state_directory": str(tmp_path / "tls")},
    }
    async with launch(name, tmp_path / "ca.pem") as browser:
        phone = await browser.phone()
        async with former(authority, port, worker):
            await visited(phone, port)
            await phone.open("about:blank")
        async with Appliance.running(overrides) as appliance:
            await phone.open(await appliance.link())
            await arrived(phone)
            await until(appliance, flowing)
            assert {*await phone.evaluate(WORKERS)} <= {"/appliance-worker.js"}
            kept = await phone.evaluate("caches.keys()")
            assert all(name.startswith("appliance-") for name in kept)
            assert phone.errors == []
            await phone.click("#hangup")
        await phone.close()
