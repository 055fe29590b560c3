"""Viewers of different codecs at once: each gets what it decodes, from one camera."""

import pytest

from e2e.appliance import Appliance
from e2e.browsers import launch
from e2e.devices import Devices
from e2e.phone import Phone
from e2e.scenario import until

pytestmark = pytest.mark.e2e


async def see(appliance: Appliance, phone: Phone) -> int:
    """Open the link, and see the clock; returns its time."""
    await phone.open(await appliance.link())
    clock = await phone.wait_for("probes.clock()", within=30)
    time: int = clock["time"]
    return time


async def test_h264_and_vp8_at_once() -> None:
    async with (
        Appliance.running() as appliance,
        launch("chromium", appliance.ca, Devices()) as chromium,
        launch("firefox", appliance.ca, Devices()) as firefox,
    ):
        phones = [await chromium.phone(), await firefox.phone()]
        seen = [await see(appliance, phone) for phone in phones]
        status = await until(appliance, lambda status: len(status["calls"]) == len(phones))
        assert {call["sent"]["videoCodec"] for call in status["calls"]} == {"h264", "vp8"}
        for phone, time in zip(phones, seen, strict=True):
            await phone.wait_for(f"((now) => now && now.time > {time} + 1000)(probes.clock())")
        types = [(await phone.evaluate("probes.stats()"))["inbound"]["video"] for phone in phones]
        assert [each["mimeType"] for each in types] == ["video/H264", "video/VP8"]
