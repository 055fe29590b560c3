"""What the computer's screen shows."""

import asyncio
import time

from PIL import ImageChops, ImageStat

from tests.computer.appliance import Appliance
from tests.support.qr import codes_in
from tests.support.rigs.qemu.computer import Computer

CONSOLE = "/dev/tty1"
FRAMEBUFFER = "/dev/fb0"

MESSAGES = f"printf 'A message.' >{CONSOLE}; echo '<0>One of the kernel.' >/dev/kmsg"

SECONDS = 120.0
"""Generous: the computer is ten times slower than this one."""


async def shows(computer: Computer, appliance: Appliance, what: str) -> str:
    """Return the link of the moment, once the screen shows it."""
    start = time.monotonic()
    while codes_in(await asyncio.to_thread(computer.screen)) != [link := await appliance.link()]:
        assert time.monotonic() - start < SECONDS, f"{what}:\n{appliance.log()}"
        await asyncio.sleep(0.2)
    print(f"{what}: the screen shows the link after {time.monotonic() - start:.1f} s")
    return link


async def messages_are_not_seen(computer: Computer) -> None:
    """Have something written on the console; raises AssertionError where the screen shows it."""
    for _ in range(2):  # once a minute the page moves by a pixel
        before = computer.screen()
        computer.run("sh", "-c", MESSAGES)
        await asyncio.sleep(1)
        if ImageChops.difference(before, computer.screen()).getbbox() is None:
            return
    raise AssertionError("The screen has changed.")


def noise(computer: Computer) -> bool:
    """Whether the middle of the screen is grey noise, as the phone's film is, and no code."""
    screen = computer.screen()
    if codes_in(screen):
        return False
    width, height = screen.size
    middle = screen.crop((width // 4, height // 4, 3 * width // 4, 3 * height // 4)).convert("L")
    statistics = ImageStat.Stat(middle)
    return 60 < statistics.mean[0] < 200 and statistics.stddev[0] > 5
