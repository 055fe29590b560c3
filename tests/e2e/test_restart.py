"""An appliance that is gone in the middle of a call, and comes back, or does not."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.e2e.house import house
from tests.support.appliance import Appliance
from tests.support.browsers.browser import Browser, launch
from tests.support.browsers.phone import Phone
from tests.support.scenario import AT_END, IN_CALL, idle, until

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.long,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(240),
]

SAID = "['title', 'advice'].map((part) => document.querySelector(`#end-${part}`).textContent)"
LOST = [
    "The other side was lost",
    "A link serves one call. Scan the code on the screen again, or ask for a new link.",
]

NOTICED = 15.0
"""Seconds after which the end is shown at the latest, once the appliance answers again: a browser
takes 5 to 8 s to find that no media come. `signal_not_found` alone would come 15 s after the phone
has attached anew."""

GIVEN_UP = 120.0
"""Seconds after which a call is given up at the latest whose appliance does not come back: the page
waits for 90 s from where it noticed."""


@pytest_asyncio.fixture(loop_scope="module")
async def phones(authority: Path) -> AsyncIterator[list[Phone]]:
    """A phone in each browser."""
    async with launch("chromium", authority) as chromium, launch("firefox", authority) as firefox:
        yield [await chromium.phone(), await firefox.phone()]


async def call(appliance: Appliance, phone: Phone) -> None:
    await phone.open(await appliance.link())
    await phone.wait_for("probes.clock()", within=30)


async def is_told_that_nothing_answers(phone: Phone) -> None:
    title, advice = await phone.evaluate(SAID)
    assert title == "The other side was lost"
    assert advice.startswith("The appliance does not answer.")
    assert "then scan the code" in advice


async def test_a_call_ends_once_an_appliance_that_was_killed_runs_again(
    appliance: Appliance, browser: Browser
) -> None:
    phone = await browser.phone()
    await call(appliance, phone)
    await appliance.kill()
    await appliance.start()
    await phone.wait_for(AT_END, within=NOTICED)
    assert await phone.evaluate(SAID) == LOST
    assert not await phone.evaluate("document.querySelector('#local-video').srcObject")
    status = await until(appliance, idle)
    assert status["sessions"] == {"waiting": 1, "active": 0}
    await call(appliance, phone)
    await phone.click("#hangup")
    await phone.wait_for(AT_END)
    await until(appliance, idle)
    await phone.close()


async def test_a_page_that_is_loaded_again_after_a_restart_says_that_the_call_is_lost(
    appliance: Appliance, browser: Browser
) -> None:
    phone = await browser.phone()
    await call(appliance, phone)
    await appliance.kill()
    await appliance.start()
    await phone.reload()
    await phone.wait_for(AT_END)
    assert await phone.evaluate(SAID) == LOST
    await phone.close()


async def test_a_call_ends_whose_appliance_does_not_come_back(
    appliance: Appliance, phones: list[Phone]
) -> None:
    for phone in phones:
        await call(appliance, phone)
    await appliance.kill()
    for phone in phones:
        await phone.wait_for("document.querySelector('#app').dataset.phase === 'weak'")
    await asyncio.sleep(60)
    assert [await phone.evaluate(IN_CALL) for phone in phones] == [True, True]
    for phone in phones:
        await phone.wait_for(AT_END, within=GIVEN_UP - 60)
        await is_told_that_nothing_answers(phone)
    await appliance.start()


async def test_a_call_ends_whose_appliance_falls_silent() -> None:
    """Without power nothing refuses a connection: packets go nowhere."""
    async with house(320, 180, 10) as home, home.phone() as (phone, host):
        await home.call(phone)
        host.hush()
        await phone.wait_for(AT_END, within=GIVEN_UP)
        await is_told_that_nothing_answers(phone)
        host.plug()
        await until(home.appliance, idle, within=60)
