"""Two phones in a call each, at once: both are heard in the room, and neither hears the other."""

import asyncio
from contextlib import AsyncExitStack

import numpy as np
import pytest

from tests.support.appliance import Appliance
from tests.support.browsers.browser import BrowserName, launch
from tests.support.browsers.devices import Devices
from tests.support.browsers.phone import Phone
from tests.support.rigs.audio.rig import AudioRig
from tests.support.rigs.audio.tones import RATE, Sound, tone
from tests.support.scenario import AT_END, Status, idle, until

pytestmark = [pytest.mark.long, pytest.mark.e2e, pytest.mark.rig, pytest.mark.timeout(180)]

PHONES = (600, 900)
ROOM = 700
"""Hertz of what each says."""

CLEAR = 20.0
"""dB by which what is to be heard is louder than what is not."""


async def test_each_hears_the_room_and_the_room_hears_both(browser_name: BrowserName) -> None:
    async with AsyncExitStack() as stack:
        room = stack.enter_context(AudioRig())
        card = {"input_device": "intercom", "output_device": "intercom"}
        # A steady tone is a noise, and would be suppressed.
        audio = {"backend": "sounddevice", "noise_suppression": False, **card}
        appliance = await stack.enter_async_context(
            Appliance.running({"audio": audio}, environment=room.environment)
        )
        phones: list[Phone] = []
        for hertz in PHONES:
            browser = await stack.enter_async_context(
                launch(browser_name, appliance.ca, Devices(tone=hertz))
            )
            phones.append(await browser.phone())
            await phones[-1].open(await appliance.link())
        await until(appliance, both_are_heard)
        stack.enter_context(room.playing(tone(ROOM, seconds=60.0)))
        everything = f"{ROOM}, {PHONES[0]}, {PHONES[1]}"
        for phone, hertz in zip(phones, PHONES, strict=True):
            await phone.wait_for(f"probes.levels({ROOM}).then((levels) => levels?.[0] > -60)")
            levels = await phone.evaluate(f"probes.levels({everything})")
            print(f"the phone that says {hertz} Hz hears {everything} Hz at {rounded(levels)} dB")
            assert levels[0] - max(levels[1:]) > CLEAR
        played = await asyncio.to_thread(room.record, 2.0)
        levels = [level_at(played, hertz) for hertz in (ROOM, *PHONES)]
        print(f"the room hears {everything} Hz at {rounded(levels)} dB")
        assert min(levels[1:]) - levels[0] > CLEAR
        for phone in phones:
            await phone.click("#hangup")
            await phone.wait_for(AT_END)
        await until(appliance, idle)


def both_are_heard(status: Status) -> bool:
    return [
        call["received"]["audioFrames"] > 50 for call in status["calls"] if "received" in call
    ] == [True, True]


def level_at(sound: Sound, hertz: float) -> float:
    """The level of a frequency in dB relative to full scale."""
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound)))) * 4 / len(sound) / 32768
    at = round(hertz * len(sound) / RATE)
    return float(20 * np.log10(spectrum[at - 20 : at + 21].max() + 1e-9))


def rounded(levels: list[float]) -> list[int]:
    return [round(level) for level in levels]
