"""The client's service worker: the page opens without the appliance, and alike with it."""

import asyncio
from contextlib import suppress

import pytest

from tests.support.appliance import Appliance
from tests.support.browsers.browser import BrowserName, launch
from tests.support.browsers.phone import PageError, Phone
from tests.support.scenario import IN_CALL, flowing, idle, until

pytestmark = [pytest.mark.e2e, pytest.mark.long, pytest.mark.asyncio(loop_scope="module")]

READY = """
navigator.serviceWorker.ready.then(({ active }) =>
  active.state === 'activated' && new URL(active.scriptURL).pathname)
"""
KEPT = "caches.keys().then((names) => names.map((name) => name.replace(/[0-9a-f]{16}$/, '…')))"
CONTROLLED = "Boolean(navigator.serviceWorker.controller)"
STARTED = "document.querySelector('#app')?.hasAttribute('data-ready')"
LEAD = "document.querySelector('#home-lead').textContent"


async def open_from_worker(phone: Phone, url: str) -> None:
    """Open the page, whatever the browser's driver says of the network behind its worker."""
    with suppress(PageError):
        await phone.open(url)
    await phone.wait_for(STARTED)


async def says(phone: Phone, words: str) -> None:
    """Wait until the home page says so, which may be loaded again meanwhile."""
    while True:
        with suppress(PageError):
            await phone.wait_for(f"{LEAD}.startsWith('{words}')")
            return


@pytest.mark.timeout(180)
@pytest.mark.parametrize("name", ["chromium", "firefox"])
async def test_the_page_opens_without_the_appliance_and_comes_back_with_it(
    name: BrowserName,
) -> None:
    async with Appliance.running() as appliance, launch(name, appliance.ca) as browser:
        phone = await browser.phone()
        home = f"https://{appliance.host}:{appliance.https_port}/"
        await phone.open(home)
        await phone.wait_for(READY, within=20)
        assert await phone.evaluate(KEPT) == ["appliance-…"]
        assert not await phone.evaluate(CONTROLLED), "no page is taken over"

        await phone.open(await appliance.link())
        await phone.wait_for(IN_CALL)
        assert await phone.evaluate(CONTROLLED)
        await until(appliance, flowing)
        await phone.click("#hangup")
        await until(appliance, idle)

        await appliance.stop()
        await open_from_worker(phone, home)
        await phone.wait_for(f"{LEAD}.startsWith('The appliance does not answer')", within=10)
        await open_from_worker(phone, f"{home}?session=3f0c6f0e-7d5b-4f0e-9a6c-1d2e3f405162")
        await phone.click("#hangup")
        await phone.click("#again")
        await phone.wait_for(f"{LEAD}.startsWith('The appliance does not answer')", within=10)
        await appliance.start()
        async with asyncio.timeout(30):
            await says(phone, "Point your phone")
