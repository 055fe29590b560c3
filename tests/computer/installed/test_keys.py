"""A house that rings, and the keys of its keyboard: what the kernel has open, and what is seen."""

import asyncio
import base64
import statistics
import time

import numpy as np
import pytest

from tests.computer.cameras import NODE
from tests.computer.installed.service import SERVICE, Service
from tests.computer.installed.visits import HUNG_UP, LIVE, WIDTH, over, ring
from tests.computer.screens import SECONDS, noise
from tests.computer.sounds import CAPTURE, OTHER_END, PLAYBACK, another_program
from tests.support.browsers.phone import Phone
from tests.support.rigs.qemu.computer import Computer
from tests.support.scenario import flowing, until

# The package, and what the computer boots from, are built the first time.
pytestmark = [
    pytest.mark.long,
    pytest.mark.e2e,
    pytest.mark.rig,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(900),
]

TIMES = 10

ROOM, PHONE = 1000, 440
"""The tones that the room and the phone hear of each other, in hertz."""

ROOM_TONE = (
    f"-re -f lavfi -i sine={ROOM}:sample_rate=48000 -ac 2 -c:a pcm_s16le -f alsa",
    OTHER_END,
)
RECORD = f"ffmpeg -nostdin -v error -f alsa -i {OTHER_END} -t 2 -ac 1 -ar 48000 -f s16le - | base64"
"""What the loudspeaker plays, for two seconds."""

MOST_EXPOSURE = 2.0


def opened(computer: Computer, *files: str) -> list[bool]:
    """Whether any process has each of these device files open, by the kernel's own view."""
    return [computer.attempt("fuser", file).code == 0 for file in files]


def loudest(computer: Computer) -> float:
    """The strongest frequency in the room, in hertz."""
    recorded = base64.b64decode(computer.run("sh", "-c", RECORD))
    samples = np.frombuffer(recorded, "<i2").astype(float)
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(spectrum.argmax()) * 48_000 / len(samples)


async def test_the_unit_gives_the_devices_and_little_else(
    computer: Computer, appliance: Service
) -> None:
    del appliance  # it runs
    said = computer.run("systemd-analyze", "security", "--no-pager", SERVICE)
    verdict = said.strip().splitlines()[-1]
    print(verdict)
    assert float(verdict.rpartition(":")[0].split(": ")[-1].split()[0]) <= MOST_EXPOSURE
    assert computer.run("stat", "--format=%G", "/dev/input/event0", "/dev/gpiochip0").split() == [
        "input",
        "gpio",
    ]


async def test_a_key_answers_and_before_it_nothing_is_open(
    computer: Computer, appliance: Service, phone: Phone
) -> None:
    devices = (NODE, CAPTURE, PLAYBACK)
    assert opened(computer, *devices) == [False, False, False]
    with another_program(computer, *ROOM_TONE):
        await ring(appliance, phone)
        face = lambda: noise(computer)  # noqa: E731 - the phone's film is grey noise
        await asyncio.to_thread(computer.wait_for, face, SECONDS, "the visitor's face")
        assert opened(computer, *devices) == [False, False, True], "the loudspeaker rings"
        assert await phone.evaluate(WIDTH) == 0
        computer.press("ret")
        await phone.wait_for("probes.frame()", within=SECONDS)
        await phone.wait_for(LIVE)
        await until(appliance, flowing, SECONDS)
        assert opened(computer, *devices) == [True, True, True]
        near = f"(tone) => tone && Math.abs(tone.hertz - {ROOM}) < 10"
        await phone.wait_for(f"probes.tone().then({near})", within=SECONDS)
        await asyncio.to_thread(
            computer.wait_for, lambda: abs(loudest(computer) - PHONE) < 10, SECONDS, "the phone"
        )
        print((await appliance.status())["calls"])
        computer.press("esc")
        await over(appliance, phone)
    assert opened(computer, *devices) == [False, False, False]
    await appliance.says("KEY_ENTER was pressed: answer.")
    assert phone.errors == []


async def test_a_key_that_is_pressed_a_hundred_times(
    computer: Computer, appliance: Service, phone: Phone
) -> None:
    await ring(appliance, phone)
    for _ in range(100):
        computer.press("ret")
    await until(appliance, flowing, SECONDS)
    [served] = (await appliance.status())["calls"]
    assert served["history"].count("accepted") == 1
    await phone.wait_for(LIVE)
    computer.press("esc")
    assert await over(appliance, phone) == HUNG_UP


async def test_the_time_from_the_key_to_the_first_frame(
    computer: Computer, appliance: Service, phone: Phone
) -> None:
    """What it takes is printed, not judged: the computer is emulated."""
    times = []
    for _ in range(TIMES):
        await ring(appliance, phone)
        shown = asyncio.ensure_future(phone.wait_for(WIDTH, within=SECONDS))
        start = time.monotonic()
        await asyncio.to_thread(computer.press, "ret")
        await shown
        times.append(time.monotonic() - start)
        await until(appliance, flowing, SECONDS)
        computer.press("esc")
        await over(appliance, phone)
    print(f"from the key to the first frame: {sorted(round(each, 2) for each in times)}")
    print(f"median {statistics.median(times):.2f} s")
