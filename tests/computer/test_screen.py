"""What the kernel's framebuffer has, the screen shows; and what the daemon shows there."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.computer.appliance import Appliance
from tests.computer.screens import FRAMEBUFFER, SECONDS, messages_are_not_seen, noise, shows
from tests.support.browsers.phone import Phone
from tests.support.rigs.qemu.computer import Computer
from tests.support.scenario import AT_END, Status, idle, seen, until

pytestmark = [
    pytest.mark.long,
    pytest.mark.e2e,
    pytest.mark.rig,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(600),
]

GRAPHICS = """
import mmap
with open("/sys/class/graphics/fb0/virtual_size") as file:
    width, height = map(int, file.read().split(","))
with open("/sys/class/graphics/fb0/stride") as file:
    stride = int(file.read())
with open("/dev/fb0", "r+b") as screen, mmap.mmap(screen.fileno(), stride * height) as pixels:
    for row in range(height // 4, height // 2):
        start = row * stride + 4 * (width // 4)
        pixels[start : start + 4 * (width // 2)] = bytes((0, 128, 255, 0)) * (width // 2)
"""
"""An orange rectangle; a pixel is blue, green, red and nothing."""


async def test_text_on_the_console_appears_on_the_screen(computer: Computer) -> None:
    computer.run("sh", "-c", r"printf '\033[2J\033[?25l' >/dev/tty1")
    computer.wait_for(lambda: computer.screen().getbbox() is None, 5, "an empty screen")
    computer.run("sh", "-c", r"printf '\033[1;1HReady for a call.' >/dev/tty1")
    computer.wait_for(computer.screen().getbbox, 5, "text")
    left, top, right, bottom = computer.screen().getbbox() or (0, 0, 0, 0)
    assert (left // 8, right // 8, top // 16, bottom // 16) == (0, 16, 0, 0)


async def test_graphics_in_the_framebuffer_appear_on_the_screen(computer: Computer) -> None:
    computer.run("python3", "-c", GRAPHICS)
    orange = lambda: computer.screen().getpixel((640, 300)) == (255, 128, 0)  # noqa: E731
    computer.wait_for(orange, 5, "graphics")
    screen = computer.screen()
    assert screen.size == (1280, 800)
    assert [screen.getpixel(at) for at in ((320, 200), (959, 399))] == [(255, 128, 0)] * 2
    assert screen.getpixel((960, 400)) != (255, 128, 0)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def appliance(computer: Computer) -> AsyncIterator[Appliance]:
    """The daemon, with the screen that it finds."""
    async with Appliance.running(computer, {"backend": "auto"}) as appliance:
        yield appliance


async def test_what_is_written_to_the_console_does_not_spoil_the_code(
    computer: Computer, appliance: Appliance
) -> None:
    await shows(computer, appliance, "before")
    await messages_are_not_seen(computer)


async def test_the_code_is_on_the_screen_and_another_one_after_a_call(
    computer: Computer, appliance: Appliance, phone: Phone
) -> None:
    link = await shows(computer, appliance, "started")
    assert (await appliance.status())["display"]["where"] == f"the screen {FRAMEBUFFER}"
    await phone.open(link)
    await until(appliance, seen, SECONDS)
    await asyncio.to_thread(
        computer.wait_for, lambda: noise(computer), SECONDS, "the phone's picture"
    )
    await phone.click("#hangup")
    await phone.wait_for(AT_END)
    await until(appliance, idle, SECONDS)
    assert await shows(computer, appliance, "after the call") != link


async def test_a_screen_that_is_unplugged_and_plugged_in_again(
    computer: Computer, appliance: Appliance
) -> None:
    await shows(computer, appliance, "before")
    computer.run("rm", FRAMEBUFFER)
    start = time.monotonic()
    status = await until(appliance, lost, SECONDS)
    print(f"{time.monotonic() - start:.1f} s until: {status['display']['problem']}")
    computer.run("mknod", FRAMEBUFFER, "c", "29", "0")
    await shows(computer, appliance, "plugged in again")


def lost(status: Status) -> bool:
    """Whether there is no screen."""
    return bool(status["display"]["problem"])
