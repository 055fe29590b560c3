"""A call through the real picamera2 and the real PortAudio, on Debian 13 and its libraries."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.support.browsers.browser import BrowserName, launch
from tests.support.browsers.devices import Devices
from tests.support.keyframes import keyframes_come
from tests.support.rigs.audio.tones import dominant_frequency, steady, tone
from tests.support.rigs.real_devices import Home, running
from tests.support.scenario import AT_END, flowing, idle, until

# The camera's root is built the first time: a minute and a half.
pytestmark = [
    pytest.mark.long,
    pytest.mark.e2e,
    pytest.mark.rig,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(600),
]

PHONE_HERTZ, ROOM_HERTZ = 900, 700


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def home() -> AsyncIterator[Home]:
    """Start the daemon."""
    async with running({}) as home:
        yield home


async def test_a_call_with_a_real_camera_and_a_real_sound_card(
    home: Home, browser_name: BrowserName
) -> None:
    async with launch(browser_name, home.appliance.ca, Devices(tone=PHONE_HERTZ)) as browser:
        phone = await browser.phone()
        await phone.open(await home.appliance.link())
        picture = await phone.wait_for("probes.frame()", within=60)
        assert (picture["width"], picture["height"]) == (1280, 720)
        assert await phone.wait_for("probes.frame().difference > 1")
        with home.room.playing(tone(ROOM_HERTZ, seconds=30.0)):
            heard = await phone.wait_for(
                "probes.tone().then((tone) => tone && tone.level > -60 && tone)"
            )
        assert heard["hertz"] == pytest.approx(ROOM_HERTZ, abs=10)
        status = await until(home.appliance, flowing)
        assert (status["camera"]["state"], status["camera"]["problem"]) == ("open", None)
        assert (status["audio"]["state"], status["audio"]["problem"]) == ("open", None)
        sound = await asyncio.to_thread(home.room.record, 2.0)
        played = dominant_frequency(steady(sound))
        assert played == pytest.approx(PHONE_HERTZ, abs=10)
        print(f"picture {picture}, heard {heard}, played {played:.1f} Hz, {status['calls']}")
        await phone.click("#hangup")
        await phone.wait_for(AT_END)
    await until(home.appliance, idle)


async def test_the_devices_open_again_for_the_next_call(
    home: Home, browser_name: BrowserName
) -> None:
    async with launch(browser_name, home.appliance.ca) as browser:
        phone = await browser.phone()
        await phone.open(await home.appliance.link())
        await phone.wait_for("probes.frame()", within=60)
        await until(home.appliance, flowing)
        await phone.click("#hangup")
        await phone.wait_for(AT_END)
    await until(home.appliance, idle)


async def test_the_real_camera_gives_a_key_frame_when_it_is_asked_for(home: Home) -> None:
    await keyframes_come(home.appliance, "picamera2")
    await until(home.appliance, idle)
