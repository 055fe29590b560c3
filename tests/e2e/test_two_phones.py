"""Two phones whose people do what people do: go to the messenger, and load the page again."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.e2e.house import House, house
from tests.support.browsers.phone import Phone
from tests.support.scenario import AT_END, IN_CALL

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.long,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(240),
]

LINK = "document.querySelector('#share-link').value"
SEES = "probes.stats().then((stats) => stats?.inbound.video?.framesDecoded > 20)"

LOST_AFTER = 35.0
"""Seconds after which the appliance knows that a phone has lost the network, at the latest."""

GRACE = 30.0
"""Seconds: the default of session.reconnect_grace."""


FAILED = 45.0
"""Seconds after which two phones see each other at the latest, where the first try was made by a
network that was not ready yet: a browser takes up to 30 s to find that it has failed."""


@pytest_asyncio.fixture(scope="module", loop_scope="module", name="house")
async def the_house() -> AsyncIterator[House]:
    async with house(320, 180, 10) as made:
        yield made


async def link_of(phone: Phone, house: House) -> str:
    """Press the button, and return the link."""
    await phone.open(house.url)
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
