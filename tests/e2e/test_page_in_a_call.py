"""What a browser or its system does to the page of a call."""

import pytest

from tests.support.appliance import Appliance
from tests.support.browsers.phone import Phone
from tests.support.scenario import AT_END, idle, until

pytestmark = [pytest.mark.e2e, pytest.mark.long, pytest.mark.asyncio(loop_scope="module")]

BOTH = "[...document.querySelectorAll('#remote-video, #local-video')]"


async def test_pictures_that_the_system_pauses_play_on(phone: Phone, appliance: Appliance) -> None:
    await phone.open(await appliance.link())
    await phone.wait_for("probes.clock()", within=30)
    paused = f"{BOTH}.every((video) => video.paused)"
    assert await phone.evaluate(f"({BOTH}.forEach((video) => video.pause()), {paused})")
    await phone.wait_for(f"{BOTH}.every((video) => !video.paused)", within=3)
    await phone.click("#hangup")
    await phone.wait_for(AT_END)
    await until(appliance, idle)
    assert phone.errors == []


async def test_the_page_forbids_the_pull_that_would_load_it_again(
    phone: Phone, appliance: Appliance
) -> None:
    await phone.open(f"https://{appliance.host}:{appliance.https_port}/")
    style = "getComputedStyle(document.body).overscrollBehaviorY"
    assert await phone.evaluate(style) == "none"
