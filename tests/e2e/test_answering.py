"""A house that rings until somebody inside answers, by the command line, in both browsers."""

import asyncio
from collections.abc import AsyncIterator
from typing import get_args

import pytest
import pytest_asyncio

from tests.support.appliance import COMMAND, Appliance, Tables
from tests.support.browsers.browser import Browser, BrowserName, launch
from tests.support.browsers.phone import Phone
from tests.support.scenario import AT_END, flowing, idle, until

pytestmark = [pytest.mark.e2e, pytest.mark.long, pytest.mark.asyncio(loop_scope="module")]

PHASE = "document.querySelector('#app').dataset.phase"
RINGING = f"{PHASE} === 'ringing'"
TITLE = "document.querySelector('#end-title').textContent"

ASK: Tables = {"call": {"answer": "ask"}}
IMPATIENT: Tables = {"call": {"answer": "ask", "ring_timeout": 5}}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def appliance() -> AsyncIterator[Appliance]:
    """A daemon whose calls somebody inside accepts."""
    async with Appliance.running(ASK) as appliance:
        yield appliance


async def command(appliance: Appliance, name: str) -> tuple[int | None, str]:
    """Run one of the appliance's commands; return its exit code and what it has said."""
    file = str(appliance.directory / "homecall.toml")
    process = await asyncio.create_subprocess_exec(
        *COMMAND, name, "--config", file, stderr=asyncio.subprocess.PIPE
    )
    _, said = await process.communicate()
    return process.returncode, said.decode().strip()


async def ring(appliance: Appliance, phone: Phone) -> None:
    """Come to the door, as far as both sides know it."""
    await phone.open(await appliance.link())
    await phone.wait_for(RINGING, within=30)
    await until(
        appliance,
        lambda status: any(
            call["ringing"] and "connected" in call["history"] for call in status["calls"]
        ),
    )


async def test_who_is_let_in_is_in_a_call(appliance: Appliance, phone: Phone) -> None:
    assert await command(appliance, "answer") == (1, "It rings for nobody.")
    await ring(appliance, phone)
    status = await appliance.status()
    assert [status[device]["state"] for device in ("camera", "audio")] == ["closed", "open"]
    assert [each["sent"]["videoFrames"] for each in status["calls"]] == [0]
    assert await phone.evaluate("document.querySelector('#remote-video').videoWidth") == 0
    assert await command(appliance, "answer") == (0, "")
    await phone.wait_for("probes.clock()", within=30)
    await phone.wait_for(f"{PHASE} === 'live'")
    await until(appliance, flowing)
    assert await command(appliance, "answer") == (1, "It rings for nobody.")
    assert await command(appliance, "mute") == (0, "")
    assert (await appliance.status())["audio"]["muted"]
    assert await command(appliance, "hangup") == (0, "")
    await phone.wait_for(AT_END)
    await until(appliance, idle)
    assert await command(appliance, "hangup") == (1, "There is no call.")
    assert phone.errors == []


async def test_who_is_declined_is_told_kindly(appliance: Appliance, phone: Phone) -> None:
    await ring(appliance, phone)
    assert await command(appliance, "decline") == (0, "")
    await phone.wait_for(AT_END)
    assert await phone.evaluate(TITLE) == "They cannot take the call now"
    await until(appliance, idle)
    assert phone.errors == []


async def test_who_hangs_up_while_it_rings_is_gone(appliance: Appliance, phone: Phone) -> None:
    await ring(appliance, phone)
    await phone.click("#hangup")
    await phone.wait_for(AT_END)
    await until(appliance, idle)
    assert await command(appliance, "answer") == (1, "It rings for nobody.")


async def test_a_second_visitor_waits_while_one_is_talked_to(
    appliance: Appliance, browser: Browser
) -> None:
    first = await browser.phone()
    await ring(appliance, first)
    assert await command(appliance, "answer") == (0, "")
    await first.wait_for("probes.clock()", within=30)
    second = await browser.phone()  # in front of the other, whose call goes on
    await ring(appliance, second)
    assert await command(appliance, "decline") == (0, "")
    await second.wait_for(AT_END)
    assert await second.evaluate(TITLE) == "They cannot take the call now"
    assert await first.evaluate(PHASE) == "live"
    await first.click("#hangup")
    await first.wait_for(AT_END)
    await until(appliance, idle)
    for phone in (first, second):
        await phone.close()


@pytest.mark.parametrize("name", get_args(BrowserName))
async def test_where_nobody_answers_the_visitor_is_told(name: BrowserName) -> None:
    async with Appliance.running(IMPATIENT) as house, launch(name, house.ca) as browser:
        phone = await browser.phone()
        await ring(house, phone)
        await phone.wait_for(AT_END, within=30)
        assert await phone.evaluate(TITLE) == "Nobody has answered"
        await until(house, idle)
        await phone.close()
