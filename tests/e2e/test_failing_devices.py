"""What a person is told of devices that are busy, pulled out, or taken away by the system."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio

from tests.support.appliance import Appliance
from tests.support.browsers.browser import Browser
from tests.support.browsers.phone import Phone
from tests.support.rigs import screen
from tests.support.scenario import AT_END, IN_CALL, Status, flowing, idle, seen, until

pytestmark = [pytest.mark.e2e, pytest.mark.long, pytest.mark.asyncio(loop_scope="module")]

FAILING = """
globalThis.refused = {};
const opened = [];
const ask = navigator.mediaDevices?.getUserMedia.bind(navigator.mediaDevices);
if (ask) navigator.mediaDevices.getUserMedia = async (wanted) => {
  const name = Object.keys(wanted).map((kind) => refused[kind]).find(Boolean);
  if (name) throw new DOMException('', name);
  const stream = await ask(wanted);
  opened.push(...stream.getTracks());
  return stream;
};
globalThis.take = (kind) => {
  refused[kind] = 'NotReadableError';
  for (const track of opened.filter((each) => each.kind === kind && each.readyState === 'live')) {
    track.stop();
    track.dispatchEvent(new Event('ended'));
  }
};
"""
"""What browsers do where another program, or the system, has a device (W3C Media Capture and
Streams, section 4.3.1): neither of the browsers' fake devices can be taken away."""

TOASTS = "document.querySelector('#toasts').textContent"
LEAD = "document.querySelector('#asking-lead').textContent"
PHASE = "document.querySelector('#app').dataset.phase"

KINDS = {
    "audio": ("The microphone", "they cannot hear you", "They can hear you again."),
    "video": ("The camera", "they cannot see you", "They can see you again."),
}

LOOKS_AGAIN = 15.0
"""Seconds after which a device that is free again is used; the page tries every five."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def appliance(memory: Path) -> AsyncIterator[Appliance]:
    """A daemon with a screen: no other wants a visitor's picture."""
    async with Appliance.running(command=screen.command(memory)) as appliance:
        yield appliance


@asynccontextmanager
async def visitor(browser: Browser, appliance: Appliance, refused: str) -> AsyncIterator[Phone]:
    """Who has opened the link in a browser that refuses devices; all ends well."""
    phone = await browser.phone(before=f"{FAILING} Object.assign(refused, {refused});")
    await phone.open(await appliance.link())
    try:
        yield phone
        await phone.click("#hangup")
        await phone.wait_for(AT_END)
        assert phone.errors == []
    finally:
        await phone.close()
    await until(appliance, idle)


def audio_alone(status: Status) -> bool:
    [received] = [call["received"] for call in status["calls"] if "received" in call] or [{}]
    return received.get("audioFrames", 0) > 50 and not received["videoFrames"]


def both_ways(status: Status) -> bool:
    return seen(status) and flowing(status)


async def test_a_camera_that_another_program_has(browser: Browser, appliance: Appliance) -> None:
    async with visitor(browser, appliance, "{ video: 'NotReadableError' }") as phone:
        told = await phone.wait_for(f"{TOASTS}.includes('camera is in use') && {TOASTS}")
        assert "they cannot see you" in told
        await phone.wait_for("probes.clock()", within=30)
        await until(appliance, audio_alone)


async def test_both_are_taken(browser: Browser, appliance: Appliance) -> None:
    both = "{ audio: 'NotReadableError', video: 'NotReadableError' }"
    async with visitor(browser, appliance, both) as phone:
        told = await phone.wait_for(f"{PHASE} === 'asking' && {LEAD}")
        assert "Camera and microphone are in use" in told
        await phone.evaluate("Object.assign(refused, { audio: null, video: null })")
        await phone.click("#retry")
        await until(appliance, both_ways)


@pytest.mark.parametrize("kind", list(KINDS))
async def test_one_that_the_system_takes_in_the_call(
    browser: Browser, appliance: Appliance, kind: str
) -> None:
    device, lack, back = KINDS[kind]
    async with visitor(browser, appliance, "{}") as phone:
        await until(appliance, both_ways)
        await phone.evaluate(f"take('{kind}')")
        told = await phone.wait_for(f"{TOASTS}.includes('has stopped') && {TOASTS}")
        assert device in told
        assert lack in told
        assert await phone.evaluate(IN_CALL)
        await phone.evaluate(f"refused.{kind} = null, true")
        await phone.wait_for(f"{TOASTS}.includes('{back}')", within=LOOKS_AGAIN)
        before = (await appliance.status())["calls"][0]["received"][f"{kind}Frames"]
        await until(
            appliance, lambda now: now["calls"][0]["received"][f"{kind}Frames"] > before + 20
        )
