"""A house that rings, and the keys of its keyboard: what the kernel has open, and what is seen."""

import asyncio
import statistics
import time
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.computer.appliance import Appliance
from tests.computer.cameras import NODE, raw_webcam
from tests.computer.screens import SECONDS, noise
from tests.computer.sounds import CAPTURE, PLAYBACK, loopback
from tests.support.browsers.phone import Phone
from tests.support.rigs.qemu.computer import Computer
from tests.support.scenario import AT_END, Status, flowing, idle, until

# What the computer boots from is built the first time: two minutes.
pytestmark = [
    pytest.mark.long,
    pytest.mark.e2e,
    pytest.mark.rig,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(900),
]

PHASE = "document.querySelector('#app').dataset.phase"
TITLE = "document.querySelector('#end-title').textContent"

TIMES = 10


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def appliance(computer: Computer) -> AsyncIterator[Appliance]:
    """The daemon, with a webcam, a sound card, a screen and a keyboard."""
    computer.run("modprobe", "evdev")  # as udev does where there is a keyboard
    with loopback(computer), raw_webcam(computer):
        async with Appliance.running(
            computer,
            {"backend": "auto"},
            call={"answer": "ask", "ring_timeout": 120},
            audio={"backend": "auto", "echo_cancellation": False, "noise_suppression": False},
        ) as appliance:
            await asyncio.to_thread(
                computer.wait_for, lambda: "The keys of" in appliance.log(), SECONDS, "keys"
            )
            yield appliance


def opened(computer: Computer, *files: str) -> list[bool]:
    """Whether any process has each of these device files open, by the kernel's own view."""
    return [computer.attempt("fuser", file).code == 0 for file in files]


def rings(status: Status) -> bool:
    """Whether it rings for somebody who is connected."""
    return any(call["ringing"] and "connected" in call["history"] for call in status["calls"])


async def ring(appliance: Appliance, phone: Phone) -> None:
    """Come to the door, until the page and the house know it."""
    await phone.open(await appliance.link())
    await phone.wait_for(f"{PHASE} === 'ringing'", within=SECONDS)
    await until(appliance, rings, SECONDS)


async def over(appliance: Appliance, phone: Phone) -> None:
    await phone.wait_for(AT_END, within=SECONDS)
    await until(appliance, idle, SECONDS)


async def test_a_key_answers_and_before_it_nothing_is_open(
    computer: Computer, appliance: Appliance, phone: Phone
) -> None:
    devices = (NODE, CAPTURE, PLAYBACK)
    assert opened(computer, *devices) == [False, False, False]
    await ring(appliance, phone)
    face = lambda: noise(computer)  # noqa: E731 - the phone's film is grey noise
    await asyncio.to_thread(computer.wait_for, face, SECONDS, "the visitor's face")
    assert opened(computer, *devices) == [False, False, True], "the loudspeaker rings"
    assert await phone.evaluate("document.querySelector('#remote-video').videoWidth") == 0
    computer.press("ret")
    await phone.wait_for("probes.frame()", within=SECONDS)
    await until(appliance, flowing, SECONDS)
    assert opened(computer, *devices) == [True, True, True]
    computer.press("esc")
    await over(appliance, phone)
    assert opened(computer, *devices) == [False, False, False]
    assert phone.errors == []


async def test_a_key_declines(computer: Computer, appliance: Appliance, phone: Phone) -> None:
    await ring(appliance, phone)
    computer.press("esc")
    await over(appliance, phone)
    assert await phone.evaluate(TITLE) == "They cannot take the call now"


async def test_a_key_that_is_pressed_a_hundred_times(
    computer: Computer, appliance: Appliance, phone: Phone
) -> None:
    await ring(appliance, phone)
    for _ in range(100):
        computer.press("ret")
    await until(appliance, flowing, SECONDS)
    [served] = (await appliance.status())["calls"]
    assert served["history"].count("accepted") == 1
    assert await phone.evaluate(PHASE) == "live"
    computer.press("esc")
    await over(appliance, phone)


async def test_the_time_from_the_key_to_the_first_frame(
    computer: Computer, appliance: Appliance, phone: Phone
) -> None:
    """What it takes is printed, not judged: the computer is emulated."""
    times = []
    for _ in range(TIMES):
        await ring(appliance, phone)
        shown = asyncio.ensure_future(
            phone.wait_for("document.querySelector('#remote-video').videoWidth", within=SECONDS)
        )
        start = time.monotonic()
        await asyncio.to_thread(computer.press, "ret")
        await shown
        times.append(time.monotonic() - start)
        await until(appliance, flowing, SECONDS)
        computer.press("esc")
        await over(appliance, phone)
    print(f"from the key to the first frame: {sorted(round(each, 2) for each in times)}")
    print(f"median {statistics.median(times):.2f} s")
