"""The mode of a framebuffer changes: the kernel's virtual one, which takes all of them."""

import asyncio
import base64
import gzip
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio
from PIL import Image

from tests.computer.appliance import Appliance
from tests.computer.screens import SECONDS
from tests.support.qr import codes_in
from tests.support.rigs.qemu.computer import Computer

pytestmark = [
    pytest.mark.long,
    pytest.mark.rig,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(600),
]

SET_MODE = Path(__file__).parent / "inside" / "set_mode.py"
FRAMEBUFFER = "/dev/fb1"


@dataclass(frozen=True)
class Mode:
    """As of the vfb driver: each row begins at a multiple of 32 bits."""

    width: int
    height: int
    bits: int

    @property
    def stride(self) -> int:
        return -(-self.width * self.bits // 32) * 4

    def seen(self, memory: bytes) -> Image.Image:
        """The greens of what a person sees."""
        shape, size = (self.height, self.width, self.bits // 8), self.bits // 8
        pixels = np.ndarray(shape, np.uint8, memory, strides=(self.stride, size, 1))
        # Of 16 bits the upper octet has the higher three bits of green.
        return Image.fromarray(pixels[:, :, 1] & 7 if size == 2 else pixels[:, :, 1]).point(
            lambda value: min(255, value * 36) if size == 2 else value
        )


FIRST = Mode(480, 320, 32)
OTHERS = (Mode(500, 400, 16), Mode(401, 301, 24), Mode(320, 480, 32))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def appliance(computer: Computer) -> AsyncIterator[Appliance]:
    """The daemon, with a second screen."""
    computer.run("modprobe", "vfb", "vfb_enable=1")
    computer.put("/run/set_mode.py", SET_MODE.read_text())
    await change(computer, FIRST)
    display = {"backend": "framebuffer", "device": FRAMEBUFFER}
    async with Appliance.running(computer, display) as appliance:
        yield appliance
    computer.run("modprobe", "--remove", "vfb")


async def test_the_code_is_drawn_anew(computer: Computer, appliance: Appliance) -> None:
    for mode in (FIRST, *OTHERS):
        await change(computer, mode)
        start = time.monotonic()
        while await shown(computer, mode) != [link := await appliance.link()]:
            assert time.monotonic() - start < SECONDS, f"{mode}:\n{appliance.log()}"
        print(f"{mode}: {link} after {time.monotonic() - start:.1f} s")
    for mode in OTHERS:
        assert f"has {mode.width}x{mode.height} pixels now" in appliance.log()


async def change(computer: Computer, mode: Mode) -> None:
    """Set the mode, as fbset(1) does."""
    words = map(str, (mode.width, mode.height, mode.bits))
    command = ("python3", "/run/set_mode.py", FRAMEBUFFER, *words)
    await asyncio.to_thread(computer.run, *command)


async def shown(computer: Computer, mode: Mode) -> list[str]:
    """The codes in the memory of the screen."""
    command = ("sh", "-c", f"gzip -c {FRAMEBUFFER} | base64 --wrap=0")
    packed = await asyncio.to_thread(computer.run, *command)
    return codes_in(mode.seen(gzip.decompress(base64.b64decode(packed))))
