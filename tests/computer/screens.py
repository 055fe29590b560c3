"""What the computer's screen shows."""

import asyncio
import time

from e2e.qr import codes_in
from rigs.qemu.computer import Computer

from computer.appliance import Appliance

CONSOLE = "/dev/tty1"

SECONDS = 60.0
"""Generous: the computer is ten times slower than this one."""


async def shows(computer: Computer, appliance: Appliance, what: str) -> str:
    """Return the link of the moment, once the screen shows it."""
    start = time.monotonic()
    while codes_in(await asyncio.to_thread(computer.screen)) != [link := await appliance.link()]:
        assert time.monotonic() - start < SECONDS, f"{what}:\n{appliance.log()}"
        await asyncio.sleep(0.2)
    print(f"{what}: the screen shows the link after {time.monotonic() - start:.1f} s")
    return link
