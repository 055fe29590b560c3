"""Who takes a link, and what is asked of whom (protocol.md, section 8.9).

Firefox lets a tab be in the background, a question be left open, and a site store nothing. In
Chromium, which is driven without a window, scripts before the page's say so in its place.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.support.appliance import Appliance
from tests.support.browsers.browser import BrowserName, launch
from tests.support.browsers.devices import HELD, Devices
from tests.support.browsers.firefox import Firefox, launch_firefox
from tests.support.browsers.phone import Phone
from tests.support.scenario import AT_END, IN_CALL, idle, until

pytestmark = [pytest.mark.e2e, pytest.mark.long, pytest.mark.asyncio(loop_scope="module")]

PHASE = "document.querySelector('#app').dataset.phase"
ADVICE = "document.querySelector('#end-advice').textContent"
LEAD = "document.querySelector('#asking-lead').textContent"
LATE = "document.querySelector('#late').checkVisibility()"

WHILE = 3.0
"""Seconds in which a page would have joined."""

NO_WEBRTC = """
const nothing = () => {};
const blocked = function () {};
blocked.prototype = { close: nothing, createDataChannel: nothing, createOffer: nothing };
window.RTCPeerConnection = blocked.bind(window);
"""
"""What remains where a blocking add-on forbids WebRTC."""


UNSEEN = """
let seen = 'hidden';
globalThis.show = () => {
  seen = 'visible';
  document.dispatchEvent(new Event('visibilitychange'));
};
Object.defineProperty(document, 'visibilityState', { get: () => seen });
"""
"""A tab in the background, until `show()` (HTML, section 6.2)."""

STORES_NOTHING = """
for (const name of ['localStorage', 'sessionStorage', 'indexedDB', 'caches']) {
  Object.defineProperty(window, name, { get() { throw new DOMException('', 'SecurityError'); } });
}
"""
"""What a page has whose site may store nothing (HTML, section 12.2.3)."""


@pytest.fixture
def home() -> Iterator[Path]:
    """Where a browser keeps its files; a short path, for Chromium has a socket in it."""
    with TemporaryDirectory(prefix="homecall-browser-", ignore_cleanup_errors=True) as path:
        yield Path(path)


@asynccontextmanager
async def firefox(
    appliance: Appliance, home: Path, devices: Devices, **settings: bool | int | str
) -> AsyncIterator[Firefox]:
    named = {name.replace("__", "."): value for name, value in settings.items()}
    async with launch_firefox(home, appliance.ca, devices, settings=named) as browser:
        yield browser


async def hang_up(phone: Phone, appliance: Appliance) -> None:
    await phone.wait_for("probes.clock()", within=30)
    await phone.click("#hangup")
    await phone.wait_for(AT_END)
    await until(appliance, idle)


async def untouched(appliance: Appliance, link: str) -> bool:
    """Whether the link is free still: nobody is in a call, and the screen shows no other."""
    return not (await appliance.status())["calls"] and await appliance.link() == link


async def test_a_tab_in_the_background_takes_the_link_once_it_is_seen(
    appliance: Appliance, home: Path
) -> None:
    async with firefox(appliance, home, Devices()) as browser:
        await browser.phone()
        phone = await browser.phone(background=True)
        await takes_no_link(phone, appliance)
        await phone.show()
        await hang_up(phone, appliance)


async def test_a_page_that_is_hidden_takes_the_link_once_it_is_seen(appliance: Appliance) -> None:
    async with launch("chromium", appliance.ca) as browser:
        phone = await browser.phone(before=UNSEEN)
        await takes_no_link(phone, appliance)
        await phone.evaluate("show()")
        await hang_up(phone, appliance)


async def takes_no_link(phone: Phone, appliance: Appliance) -> None:
    link = await appliance.link()
    await phone.open(link)
    assert await phone.evaluate("document.visibilityState") == "hidden"
    await asyncio.sleep(WHILE)
    assert await phone.evaluate("probes.attached") == []
    assert await phone.evaluate("location.href") == link
    assert await untouched(appliance, link)


@pytest.mark.parametrize(
    ("name", "devices", "before"),
    [("firefox", Devices(access="asked"), ""), ("chromium", Devices(access="denied"), HELD)],
)
async def test_a_question_that_nobody_answers_is_told_of_and_can_be_passed_over(
    appliance: Appliance, name: BrowserName, devices: Devices, before: str
) -> None:
    async with launch(name, appliance.ca, devices) as browser:
        phone = await browser.phone(before=before)
        link = await appliance.link()
        await phone.open(link)
        assert "Your browser asks" in await phone.wait_for(f"{PHASE} === 'asking' && {LEAD}")
        assert await untouched(appliance, link)
        await phone.click("#join")
        await hang_up(phone, appliance)
        again = await browser.phone()
        await again.open(link)
        await again.wait_for(AT_END)
        assert "Scan the code" in await again.evaluate(ADVICE), "nobody was asked for a device"


async def test_without_devices_a_link_is_taken_by_a_person_alone(
    appliance: Appliance, browser_name: BrowserName
) -> None:
    async with launch(browser_name, appliance.ca, Devices(access="denied")) as browser:
        phone = await browser.phone()
        link = await appliance.link()
        await phone.open(link)
        told = await phone.wait_for(f"{PHASE} === 'asking' && {LEAD}")
        assert "No access" in told
        assert "address" in told, "where to allow them"
        await asyncio.sleep(WHILE)
        assert await untouched(appliance, link)
        await phone.click("#join")
        await hang_up(phone, appliance)


async def test_a_browser_whose_webrtc_is_switched_off_says_so_and_takes_no_link(
    appliance: Appliance, home: Path
) -> None:
    off = {"media__peerconnection__enabled": False}
    async with firefox(appliance, home, Devices(), **off) as browser:
        await says_that_it_is_off(appliance, await browser.phone())


async def test_an_add_on_that_blocks_webrtc_is_told_of(appliance: Appliance) -> None:
    async with launch("chromium", appliance.ca) as browser:
        await says_that_it_is_off(appliance, await browser.phone(before=NO_WEBRTC))


async def says_that_it_is_off(appliance: Appliance, phone: Phone) -> None:
    link = await appliance.link()
    await phone.open(link)
    await phone.wait_for(AT_END)
    assert "switches them off" in await phone.evaluate(ADVICE)
    assert await untouched(appliance, link)


async def test_a_browser_that_stores_nothing_makes_calls(appliance: Appliance, home: Path) -> None:
    blocked = {"network__cookie__cookieBehavior": 2, "dom__storage__enabled": False}
    async with firefox(appliance, home, Devices(), **blocked) as browser:
        await makes_a_call(await browser.phone(), appliance)


async def test_a_page_that_may_store_nothing_makes_calls(appliance: Appliance) -> None:
    async with launch("chromium", appliance.ca) as browser:
        await makes_a_call(await browser.phone(before=STORES_NOTHING), appliance)


async def makes_a_call(phone: Phone, appliance: Appliance) -> None:
    await phone.open(await appliance.link())
    await phone.wait_for(IN_CALL)
    assert not await phone.evaluate(LATE)
    await hang_up(phone, appliance)
