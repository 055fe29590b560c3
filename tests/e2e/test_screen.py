"""The screen in a call: the visitor's face, and a new code after it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from PIL import Image, ImageChops

from tests.support.appliance import Appliance
from tests.support.browsers.phone import Phone
from tests.support.qr import codes_in
from tests.support.rigs import screen
from tests.support.scenario import AT_END, idle, seen, until

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]

SECONDS = 10.0


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def appliance(memory: Path) -> AsyncIterator[Appliance]:
    """A daemon with a screen that shows pictures."""
    async with Appliance.running(command=screen.command(memory)) as appliance:
        yield appliance


async def test_the_face_of_who_calls_and_another_code_after_the_call(
    memory: Path, appliance: Appliance, phone: Phone
) -> None:
    first = await becomes(memory, await appliance.link())
    await phone.open(first)
    await until(appliance, seen)
    faces = [await shown(memory) for _ in range(2)]
    for face in faces:
        assert codes_in(face) == []
    assert ImageChops.difference(*faces).getbbox(), "it moves"
    await phone.click("#hangup")
    await phone.wait_for(AT_END)
    await until(appliance, idle)
    second = await becomes(memory, await appliance.link())
    assert second != first
    assert phone.errors == []


async def becomes(memory: Path, link: str) -> str:
    """Return the link, once the screen has its code."""
    async with asyncio.timeout(SECONDS):
        while codes_in(screen.picture(memory)) != [link]:  # noqa: ASYNC110 - nothing tells
            await asyncio.sleep(0.1)
    return link


async def shown(memory: Path) -> Image.Image:
    """What is to be seen in half a second."""
    await asyncio.sleep(0.5)
    return screen.picture(memory)
