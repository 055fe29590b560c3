"""A part of the page does not come, or cannot be read: the person is told."""

import pytest

from tests.support.appliance import Appliance
from tests.support.browsers.browser import Browser
from tests.support.scenario import AT_END, IN_CALL

pytestmark = [pytest.mark.e2e, pytest.mark.long, pytest.mark.asyncio(loop_scope="module")]

BEFORE_PATIENCE = 6.0
"""Seconds; late.js tells after eight of them in any case."""

LATE = "document.querySelector('#late')"


@pytest.mark.parametrize(
    ("status", "body"),
    [pytest.param(503, "", id="missing"), pytest.param(200, "}{", id="unreadable")],
)
async def test_a_page_that_does_not_start_says_so(
    browser: Browser, appliance: Appliance, status: int, body: str
) -> None:
    phone = await browser.phone()
    await phone.spoil("/app.js", status, body)
    await phone.open(f"https://{appliance.host}:{appliance.https_port}/")
    told = await phone.wait_for(
        f"{LATE}.checkVisibility() && {LATE}.innerText", within=BEFORE_PATIENCE
    )
    assert "The page did not load completely." in told
    await phone.close()


async def test_a_page_that_starts_says_nothing_of_the_kind(
    browser: Browser, appliance: Appliance
) -> None:
    phone = await browser.phone()
    await phone.open(await appliance.link())
    await phone.wait_for(IN_CALL)
    await phone.evaluate("window.dispatchEvent(new Event('error'))")
    assert not await phone.evaluate(f"{LATE}.checkVisibility()")
    await phone.click("#hangup")
    await phone.wait_for(AT_END)
    await phone.close()
