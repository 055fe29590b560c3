"""protocol.md, section 4: a call outlives a loss of the network, or ends as it says there.

Each phone is a Chromium in a network namespace, the appliance is in another. Every test prints
what happened when, in seconds since the loss.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import pytest_asyncio

from tests.e2e.house import House, house
from tests.e2e.story import (
    ATTACHED,
    CALL_ENDED,
    DEVICES_CLOSED,
    FLOWING,
    OFFERED,
    PHONE_ENDED,
    SOCKET_LOST,
    STOPPED,
    Facts,
    story,
)
from tests.support.browsers.browser import BrowserName
from tests.support.browsers.phone import Phone
from tests.support.network import Host
from tests.support.scenario import AT_END, flowing, idle, until

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(180),
]

GRACE = 30.0
"""Seconds: the default of session.reconnect_grace."""

REPAIR = 15.0
"""Seconds after which media flow again at the latest, once the network is back. A phone that is
not told of it finds out by its next try: of a TCP handshake that may be 4 s away, and those of
its tries that are behind a dead one up to 10 s."""

NOTICE = 12.0
"""Seconds after which a dead path is noticed at the latest: a browser takes 5 to 8 s."""

ANOTHER_ADDRESS = 200
"""Which no phone has of itself: 10.77.1.200."""

PAGE = """
probes.stats().then((stats, { state, phase } = document.querySelector('#app').dataset) => ({
  state: `${state} ${phase}`,
  attached: probes.attached.length,
  peers: probes.peers.length,
  frames: stats?.inbound.video?.framesDecoded ?? 0,
}))
"""

LABELS = "[...new Set(probes.attached.map((url) => new URL(url).searchParams.get('from')))]"

GUESTS_SEE = "probes.stats().then((stats) => stats?.inbound.video?.framesDecoded > 20)"


async def facts(house: House, host: Host, *phones: Phone) -> Facts:
    """Of a call of two phones; or of one, looked at or not, with the appliance."""
    status = await house.appliance.status()
    connections = await asyncio.to_thread(
        house.network.machine.connections, house.appliance.https_port, host.address
    )
    pages: list[dict[str, Any]] = [await phone.evaluate(PAGE) for phone in phones]
    media = [page["frames"] for page in pages]
    offers = max((page["peers"] for page in pages), default=0)
    if len(phones) < 2:
        media.append(sum(each["received"]["audioFrames"] for each in status["calls"]))
        offers = sum(each["history"].count("offered") for each in status["calls"])
    return Facts(
        page=pages[0]["state"] if pages else "",
        attached=sum(page["attached"] for page in pages),
        connections=connections,
        offers=offers,
        media=tuple(media),
        calls=len(status["calls"]),
        devices="open" in (status["camera"]["state"], status["audio"]["state"]),
    )


@pytest_asyncio.fixture(scope="module", loop_scope="module", name="house")
async def the_house(browser_name: BrowserName) -> AsyncIterator[House]:
    async with house(640, 360, 15, browser_name=browser_name) as made:
        yield made


async def same_call(house: House, phone: Phone, link: str) -> None:
    """Assert that it is still the one call of this session and this page."""
    status = await house.appliance.status()
    assert [each["sessionId"] for each in status["calls"]] == [link.rpartition("=")[2]]
    assert len(await phone.evaluate(LABELS)) == 1


@pytest.mark.parametrize(
    ("loss", "seconds"),
    [
        pytest.param(Host.pull, 5, id="pull-5"),
        pytest.param(Host.pull, 20, marks=pytest.mark.long, id="pull-20"),
        pytest.param(Host.hush, 20, marks=pytest.mark.long, id="hush-20"),
    ],
)
async def test_a_call_outlives_the_loss_of_the_network(
    house: House, loss: Callable[[Host], None], seconds: int
) -> None:
    name = f"{loss.__name__}, {seconds} s"
    async with house.phone() as (phone, host):
        link = await house.call(phone)
        async with story(name, lambda: facts(house, host, phone)) as told:
            loss(host)
            await asyncio.sleep(seconds)
            assert STOPPED in told.times
            assert FLOWING not in told.times
            told.note("the network is back")
            host.plug()
            await told.reaches(FLOWING, within=REPAIR)
            await same_call(house, phone, link)
        await house.hang_up(phone)


@pytest.mark.long
async def test_a_call_does_not_outlive_a_minute_without_the_network(house: House) -> None:
    async with house.phone() as (phone, host):
        link = await house.call(phone)
        async with story("pull, 60 s", lambda: facts(house, host, phone)) as told:
            host.pull()
            await told.reaches(DEVICES_CLOSED, within=55)
            assert await told.reaches(CALL_ENDED, within=5) > GRACE
            await asyncio.sleep(60 - told.now)
            told.note("the network is back")
            host.plug()
            await told.reaches(PHONE_ENDED, within=REPAIR)
        assert link != await house.appliance.link()
        await phone.open(link)
        await phone.wait_for("document.querySelector('#toasts').textContent.includes('ended')")
        await phone.wait_for(AT_END)
        await house.call(phone)
        await house.hang_up(phone)


async def test_a_call_outlives_a_change_of_the_phones_address(house: House) -> None:
    async with house.phone() as (phone, host):
        link = await house.call(phone)
        async with story("another address", lambda: facts(house, host, phone)) as told:
            host.move(ANOTHER_ADDRESS)
            await told.reaches(FLOWING, within=NOTICE + REPAIR)
            assert told.times[ATTACHED] <= told.times[OFFERED] <= told.times[FLOWING]
            await same_call(house, phone, link)
        await house.hang_up(phone)


@pytest.mark.long
async def test_a_killed_browser_ends_the_call_after_the_grace(house: House) -> None:
    async with house.phone() as (phone, host):
        link = await house.call(phone)
        async with story("kill -9", lambda: facts(house, host)) as told:
            host.kill()
            await told.reaches(STOPPED, within=5)
            await told.reaches(SOCKET_LOST, within=5)
            await told.reaches(DEVICES_CLOSED, within=GRACE + 10)
            assert await told.reaches(CALL_ENDED, within=5) > GRACE - 1
    async with house.phone() as (phone, _):
        assert link != await house.call(phone)
        await house.hang_up(phone)


@pytest.mark.long
async def test_who_hangs_up_without_a_network_leaves_nothing_open(house: House) -> None:
    async with house.phone() as (phone, host):
        await house.call(phone)
        host.pull()
        weak = "document.querySelector('#app').dataset.phase === 'weak'"
        await phone.wait_for(weak, within=NOTICE)
        await asyncio.sleep(1)
        await phone.click("#hangup")
        await phone.wait_for(AT_END)
        await asyncio.sleep(5)
        assert (await house.appliance.status())["calls"], "nobody could tell it"
        host.plug()
        await until(house.appliance, idle, within=10)


async def test_a_reloaded_page_comes_back_into_the_call_as_it_was(house: House) -> None:
    async with house.phone() as (phone, host):
        link = await house.call(phone)
        await phone.click("#mute")
        async with story("reload", lambda: facts(house, host)) as told:
            await phone.reload()
            await told.reaches(OFFERED, within=5)
            await phone.wait_for("probes.clock()")
            told.note("the phone sees the appliance again")
            await until(house.appliance, flowing)
            told.note("the appliance sees and hears the phone again")
            await same_call(house, phone, link)
        assert await phone.evaluate("document.querySelector('#mute').ariaPressed") == "true"
        await house.hang_up(phone)


@pytest.mark.long
async def test_two_phones_go_on_when_one_of_them_loses_the_network(house: House) -> None:
    async with house.phone() as (ann, _), house.phone() as (bob, host):
        await ann.open(house.url)
        await ann.click("#connect")
        await bob.open(
            await ann.wait_for(
                "((each) => each?.value || each?.href)(document.querySelector('#share-link'))"
            )
        )
        for phone in (ann, bob):
            await phone.wait_for(GUESTS_SEE, within=40)
        async with story("two phones, pull, 5 s", lambda: facts(house, host, bob, ann)) as told:
            host.pull()
            await asyncio.sleep(5)
            assert STOPPED in told.times
            told.note("the network is back")
            host.plug()
            await told.reaches(FLOWING, within=REPAIR)
        assert (await house.appliance.status())["sessions"]["active"] == 1
        await bob.click("#hangup")
        for phone in (bob, ann):
            await phone.wait_for(AT_END)
            assert phone.errors == []
