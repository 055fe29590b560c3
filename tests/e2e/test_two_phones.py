"""Two phones whose people do what people do: go to the messenger, and load the page again."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.e2e.house import House, house
from tests.support.browsers.browser import BrowserName
from tests.support.browsers.devices import GRANTED, HELD
from tests.support.browsers.phone import Phone
from tests.support.scenario import AT_END, IN_CALL, READY

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.long,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(240),
]

LINK = "document.querySelector('#share-link').value"
ATTACHED = "probes.attached.length"
TITLE = "document.querySelector('#end-title').textContent"
WEAK = "document.querySelector('#app').dataset.phase === 'weak'"
SEES = "probes.stats().then((stats) => stats?.inbound.video?.framesDecoded > 20)"

LOST_AFTER = 35.0
"""Seconds after which the appliance knows that a phone has lost the network, at the latest."""

GRACE = 30.0
"""Seconds: the default of session.reconnect_grace."""


FAILED = 45.0
"""Seconds after which two phones see each other at the latest, where the first try was made by a
network that was not ready yet: a browser takes up to 30 s to find that it has failed."""


SILENT = 75.0
"""Seconds after which a page that waits has another socket at the latest: it attaches anew every
30 s, and takes 10 s to give a handshake up."""

GIVEN_UP = 125.0
"""Seconds after which a page without a network ends its call at the latest: 90 s, and a try."""


@pytest_asyncio.fixture(scope="module", loop_scope="module", name="house")
async def the_house(browser_name: BrowserName) -> AsyncIterator[House]:
    async with house(320, 180, 10, browser_name=browser_name) as made:
        yield made


async def link_of(phone: Phone, house: House) -> str:
    """Press the button, and return the link."""
    await phone.open(house.url)
    await phone.wait_for(READY)
    await phone.click("#connect")
    link: str = await phone.wait_for(LINK)
    return link


async def talk(*phones: Phone, within: float = 20) -> None:
    """Wait until each sees the other, and hang up."""
    for phone in phones:
        await phone.wait_for(SEES, within=within)
    await phones[0].click("#hangup")
    for phone in phones:
        await phone.wait_for(AT_END)
        assert phone.errors == []


async def test_who_sent_the_link_comes_back_from_the_messenger_after_the_guest(
    house: House,
) -> None:
    async with house.phone() as (ann, host), house.phone() as (bob, _):
        link = await link_of(ann, house)
        await asyncio.sleep(1)
        host.pull()
        await asyncio.sleep(LOST_AFTER)
        await bob.open(link)
        await asyncio.sleep(GRACE + 10)
        assert await bob.evaluate(IN_CALL)
        host.plug()
        await talk(ann, bob, within=FAILED)


async def test_who_made_the_link_loads_the_page_again_after_the_guests_answer(
    house: House,
) -> None:
    async with house.phone() as (ann, _), house.phone() as (bob, _):
        link = await link_of(ann, house)
        await asyncio.sleep(1)
        await ann.open("about:blank")
        await bob.open(link)
        await bob.wait_for("probes.peers.length")
        await asyncio.sleep(1)
        await ann.back()
        await talk(ann, bob, within=8)


async def test_the_link_is_opened_in_the_messengers_browser_and_then_in_another(
    house: House,
) -> None:
    async with (
        house.phone() as (ann, _),
        house.phone() as (messenger, _),
        house.phone() as (bob, _),
    ):
        link = await link_of(ann, house)
        await messenger.open(link)
        await messenger.wait_for(SEES)
        await bob.open(link)
        await bob.wait_for(AT_END)
        assert "Go on there" in await bob.evaluate("document.body.innerText")
        await talk(ann, messenger)


async def test_the_maker_has_a_place_while_the_browser_asks_for_devices(house: House) -> None:
    async with (
        house.phone(before=HELD) as (ann, _),
        house.phone() as (bob, _),
        house.phone() as (messenger, _),
    ):
        link = await link_of(ann, house)
        await ann.wait_for(ATTACHED)
        await bob.open(link)
        await bob.wait_for(ATTACHED)
        await messenger.open(link)
        await messenger.wait_for(AT_END)
        await ann.wait_for(GRANTED)
        await talk(ann, bob)


async def test_a_socket_that_died_without_a_word_is_found_while_the_maker_waits(
    house: House,
) -> None:
    async with house.phone() as (ann, host), house.phone() as (bob, _):
        link = await link_of(ann, house)
        await ann.wait_for("probes.peers.length && probes.attached.length === 1")
        server = house.network.machine
        server.forget_connections(server.connections(house.appliance.https_port, host.address))
        await ann.wait_for(f"{ATTACHED} > 1", within=SILENT)
        await bob.open(link)
        await talk(ann, bob, within=FAILED)


async def test_a_call_whose_network_does_not_come_back_ends_for_both(house: House) -> None:
    async with house.phone() as (ann, host), house.phone() as (bob, _):
        await bob.open(await link_of(ann, house))
        for phone in (ann, bob):
            await phone.wait_for(SEES)
        host.pull()
        await ann.wait_for(WEAK)
        for phone in (bob, ann):
            await phone.wait_for(AT_END, within=GIVEN_UP)
            assert await phone.evaluate(TITLE) == "The other side was lost"
