"""Calls with a webcam, which for the computer's kernel is a device (V4L2) that comes and goes."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.computer.appliance import Appliance
from tests.computer.cameras import Codec, loopback_webcam, raw_webcam
from tests.support.browsers.phone import Phone
from tests.support.keyframes import get_keyframes
from tests.support.rigs.qemu.computer import Computer
from tests.support.scenario import AT_END, Status, flowing, heard, idle, until

# What the computer boots from is built the first time: two minutes.
pytestmark = [
    pytest.mark.long,
    pytest.mark.e2e,
    pytest.mark.rig,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(600),
]

TONE_HERTZ = 440

SECONDS = 90.0
"""Generous: to start a process alone takes the computer ten."""


@asynccontextmanager
async def call(appliance: Appliance, phone: Phone) -> AsyncIterator[None]:
    """See the webcam's picture move, and be heard and seen; in the end hang up."""
    start = time.monotonic()
    await phone.open(await appliance.link())
    picture = await phone.wait_for("probes.frame()", within=SECONDS)
    print(f"the first picture after {time.monotonic() - start:.1f} s")
    assert (picture["width"], picture["height"]) == (320, 180)
    assert await phone.wait_for("probes.frame().difference > 1")
    await until(appliance, flowing, SECONDS)
    yield
    await phone.click("#hangup")
    await phone.wait_for(AT_END)
    assert phone.errors == []
    await until(appliance, idle, SECONDS)


async def test_a_raw_webcam(computer: Computer, appliance: Appliance, phone: Phone) -> None:
    with raw_webcam(computer):
        async with call(appliance, phone):
            await get_keyframes(phone, "v4l2")


@pytest.mark.parametrize("codec", ["mjpeg", "h264"])
async def test_a_compressing_webcam(
    codec: Codec, computer: Computer, appliance: Appliance, phone: Phone
) -> None:
    with loopback_webcam(computer, codec):
        async with call(appliance, phone):
            pass


async def test_a_webcam_is_pulled_out_and_plugged_in_again(
    computer: Computer, appliance: Appliance, phone: Phone
) -> None:
    with raw_webcam(computer) as webcam:
        async with call(appliance, phone):
            start = time.monotonic()
            webcam.pull_out()
            await problem(appliance, "pulled out", "The camera /dev/video0 does not work:", start)
            await problem(appliance, "pulled out", "No USB camera was found.", start)
            near = f"tone && Math.abs(tone.hertz - {TONE_HERTZ}) < 5"
            await phone.wait_for(f"probes.tone().then((tone) => {near})")
            async with picture_back(appliance, phone, "plugged in"):
                webcam.plug_in()


async def test_a_webcam_that_another_program_uses(
    computer: Computer, appliance: Appliance, phone: Phone
) -> None:
    with raw_webcam(computer) as webcam:
        with webcam.in_use():
            start = time.monotonic()
            await phone.open(await appliance.link())
            busy = "The camera /dev/video0 is used by v4l2-ctl (process "
            await problem(appliance, "in use", busy, start)
            await until(appliance, heard, SECONDS)
        start = time.monotonic()
        await phone.wait_for("probes.frame()", within=SECONDS)
        print(f"free again: {time.monotonic() - start:.1f} s until the picture is there")
        await until(appliance, works)
        await phone.click("#hangup")
        await phone.wait_for(AT_END)
        await until(appliance, idle, SECONDS)


@pytest.mark.parametrize(
    ("signal", "sentence"),
    [("KILL", "The camera's software has crashed."), ("STOP", "The camera hangs;")],
)
async def test_the_process_of_the_camera_is_replaced(
    signal: str, sentence: str, computer: Computer, appliance: Appliance, phone: Phone
) -> None:
    with raw_webcam(computer) as webcam:
        async with call(appliance, phone):
            pid = webcam.pid
            async with picture_back(appliance, phone, f"SIG{signal}"):
                start = time.monotonic()
                computer.run("kill", f"-{signal}", pid)
                await problem(appliance, f"SIG{signal}", sentence, start)
            assert webcam.pid != pid
            assert computer.attempt("kill", "-0", pid).code != 0


async def problem(appliance: Appliance, what: str, sentence: str, start: float) -> None:
    """Print how long it takes the status to say so."""

    def said(status: Status) -> bool:
        return (status["camera"]["problem"] or "").startswith(sentence)

    status = await until(appliance, said, SECONDS)
    print(f"{what}: {time.monotonic() - start:.1f} s until: {status['camera']['problem']}")


@asynccontextmanager
async def picture_back(appliance: Appliance, phone: Phone, what: str) -> AsyncIterator[None]:
    """What is done in here brings the picture back, in the same call; prints how long it takes."""
    before = (await phone.evaluate("probes.peers.length"), history(await appliance.status()))
    start = time.monotonic()
    yield
    await until(appliance, works, SECONDS)
    shown = await phone.evaluate("probes.shown.length")  # not those that were on their way
    await phone.wait_for(f"probes.shown.length > {shown}", within=SECONDS)
    print(f"{what}: {time.monotonic() - start:.1f} s until the picture is back")
    assert await phone.wait_for("probes.frame().difference > 1")
    status = await appliance.status()
    assert works(status)
    assert (await phone.evaluate("probes.peers.length"), history(status)) == before


def works(status: Status) -> bool:
    """Whether the camera gives pictures."""
    return bool(status["camera"]["state"] == "open") and status["camera"]["problem"] is None


def history(status: Status) -> list[tuple[str, list[str]]]:
    """The calls, and what has become of them."""
    return [(each["sessionId"], each["history"]) for each in status["calls"]]
