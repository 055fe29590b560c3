"""A house that rings, and what else can happen than that somebody answers: what each side sees."""

import asyncio
import time
from collections.abc import Callable

import pytest

from tests.computer.installed.conftest import RING_SECONDS
from tests.computer.installed.service import Service
from tests.computer.installed.visits import (
    DECLINED,
    HUNG_UP,
    LIVE,
    PHASE,
    UNANSWERED,
    ended,
    over,
    ring,
    ringing,
)
from tests.computer.screens import SECONDS, noise, shows
from tests.support.browsers.chromium import Chromium
from tests.support.browsers.phone import Phone
from tests.support.network import Host
from tests.support.rigs.qemu.computer import Computer
from tests.support.scenario import AT_END, Status, flowing, idle, until

# The package, and what the computer boots from, are built the first time.
pytestmark = [
    pytest.mark.long,
    pytest.mark.e2e,
    pytest.mark.rig,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(900),
]


async def face(computer: Computer) -> None:
    """Wait until the screen shows the visitor's."""
    await asyncio.to_thread(computer.wait_for, lambda: noise(computer), SECONDS, "the face")


async def test_a_key_declines(computer: Computer, appliance: Service, phone: Phone) -> None:
    await ring(appliance, phone)
    await face(computer)
    computer.press("esc")
    assert await over(appliance, phone) == DECLINED
    await appliance.says("KEY_ESC was pressed: decline.")
    await shows(computer, appliance, "after he was declined")


async def test_nobody_answers(computer: Computer, appliance: Service, phone: Phone) -> None:
    await ring(appliance, phone)
    assert await ended_after(phone, RING_SECONDS) == UNANSWERED
    await until(appliance, idle, SECONDS)
    await appliance.says("Nobody has answered the call.")
    await shows(computer, appliance, "after nobody has answered")


async def test_the_visitor_hangs_up(computer: Computer, appliance: Service, phone: Phone) -> None:
    await ring(appliance, phone)
    await face(computer)
    await phone.click("#hangup")
    assert await over(appliance, phone) == "You ended the call"
    await shows(computer, appliance, "after he has hung up")
    computer.press("ret")
    status = await appliance.status()
    assert idle(status), "the key comes too late, and lets in nobody"


async def test_two_visitors_ring(
    computer: Computer, appliance: Service, browser: Chromium, phone: Phone
) -> None:
    await ring(appliance, phone)
    second = await browser.phone()
    await ring(appliance, second, visitors=2)
    computer.press("ret")
    await phone.wait_for(LIVE, within=SECONDS)
    status = await until(appliance, flowing, SECONDS)
    assert [call["ringing"] for call in status["calls"]] == [False, True], "who was first"
    assert await second.evaluate(PHASE) == "ringing"
    computer.press("ret")
    await second.wait_for(LIVE, within=SECONDS)
    await until(appliance, lambda status: all(map(accepted, status["calls"])), SECONDS)
    await asyncio.sleep(1)  # what is pressed within a second has the same meaning
    computer.press("esc")
    assert await ended(second) == await over(appliance, phone) == HUNG_UP


async def test_another_visitor_comes_while_one_is_talked_to(
    computer: Computer, appliance: Service, browser: Chromium, phone: Phone
) -> None:
    await ring(appliance, phone)
    computer.press("ret")
    await until(appliance, flowing, SECONDS)
    second = await browser.phone()
    await ring(appliance, second)
    await face(computer)
    computer.press("esc")
    assert await ended(second) == DECLINED
    assert await phone.evaluate(PHASE) == "live"
    status = await until(appliance, lambda status: len(status["calls"]) == 1, SECONDS)
    before = status["calls"][0]["received"]["audioFrames"]
    await until(appliance, lambda status: heard_since(status, before), SECONDS)
    await asyncio.sleep(1)
    computer.press("esc")
    assert await over(appliance, phone) == HUNG_UP


async def test_the_network_of_the_visitor_is_cut_while_it_rings(
    computer: Computer, appliance: Service, host: Host, phone: Phone
) -> None:
    await cut(computer, appliance, phone, host.pull, host.plug)


async def test_the_network_of_the_house_is_cut_while_it_rings(
    computer: Computer, appliance: Service, phone: Phone
) -> None:
    await cut(computer, appliance, phone, computer.unplug, computer.plug)


async def cut(
    computer: Computer,
    appliance: Service,
    phone: Phone,
    pull: Callable[[], None],
    plug: Callable[[], None],
) -> None:
    """Lose the visitor, so that the house is at rest; and come again when the network is back."""
    await ring(appliance, phone)
    await face(computer)
    start = time.monotonic()
    pull()
    await phone.wait_for(f"{PHASE} === 'weak'", within=SECONDS)
    print(f"the page says so after {time.monotonic() - start:.1f} s")
    assert ringing(await appliance.status()), "he may come back"
    await until(appliance, idle, SECONDS)
    print(f"the house is at rest after {time.monotonic() - start:.1f} s")
    await appliance.says("The phone is lost; the call is over.")
    await shows(computer, appliance, "after he was lost")
    plug()
    assert await ended(phone) == "The other side was lost"
    await ring(appliance, phone)
    computer.press("esc")
    assert await over(appliance, phone) == DECLINED


def accepted(call: Status) -> bool:
    """Whether he was let in, and is connected."""
    return {"accepted", "connected"} <= {*call["history"]}


def heard_since(status: Status, frames: int) -> bool:
    """Whether a phone is heard still."""
    return bool(status["calls"][0]["received"]["audioFrames"] > frames + 20)


async def ended_after(phone: Phone, seconds: float) -> str:
    """The title of the page, which comes to its end after so long."""
    await phone.wait_for(AT_END, within=seconds + SECONDS)
    return await ended(phone)
