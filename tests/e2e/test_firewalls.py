"""Networks that let the page through, and little or nothing of a call."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.e2e.house import House, house
from tests.support.browsers.browser import BrowserName
from tests.support.browsers.phone import Phone
from tests.support.scenario import AT_END, idle, until

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.long,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(240),
]

LINK = "document.querySelector('#share-link').value"
TITLE = "document.querySelector('#end-title').textContent"
ADVICE = "document.querySelector('#end-advice').textContent"

GIVEN_UP = 120.0
"""Seconds after which there is no path at the latest: three tries, for each of which a browser
takes 15 to 30 s, and the appliance 20 s."""

RELOADS = 6
"""More than an address has ports that are tried in a call."""


@pytest_asyncio.fixture(loop_scope="module", name="house")
async def the_house(browser_name: BrowserName) -> AsyncIterator[House]:
    async with house(320, 180, 10, browser_name=browser_name) as made:
        yield made


async def is_told_that_there_is_no_path(phone: Phone) -> None:
    await phone.wait_for(AT_END, within=GIVEN_UP)
    assert await phone.evaluate(TITLE) == "No way through the networks was found"
    assert "another network" in await phone.evaluate(ADVICE)
    assert phone.errors == []


async def test_two_phones_are_told_that_there_is_no_path_between_them(house: House) -> None:
    async with house.phone() as (ann, host), house.phone() as (bob, _):
        host.refuse_datagrams()
        await ann.open(house.url)
        await ann.click("#connect")
        await bob.open(await ann.wait_for(LINK))
        for phone in (ann, bob):
            await is_told_that_there_is_no_path(phone)


async def test_a_phone_is_told_that_there_is_no_path_to_the_appliance(house: House) -> None:
    async with house.phone() as (phone, host):
        host.refuse_datagrams()
        await phone.open(await house.appliance.link())
        await is_told_that_there_is_no_path(phone)
        await until(house.appliance, idle)
        assert "name a TURN server" in house.appliance.log()


async def test_behind_a_nat_a_page_may_be_loaded_again_and_again(house: House) -> None:
    house.network.machine.refuse_unasked_datagrams()
    async with house.phone() as (phone, _):
        await house.call(phone)
        for _ in range(RELOADS):
            await phone.reload()
            await phone.wait_for("probes.clock()", within=60)
        await house.hang_up(phone)
