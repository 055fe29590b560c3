"""Viewers of different codecs at once: each gets what it decodes, from one camera."""

from pathlib import Path

import pytest

from tests.support.appliance import Appliance
from tests.support.browsers.browser import launch
from tests.support.browsers.chromium import launch_chromium
from tests.support.browsers.devices import Devices
from tests.support.browsers.phone import Phone
from tests.support.scenario import until

pytestmark = pytest.mark.e2e


async def see(appliance: Appliance, phone: Phone) -> int:
    """Open the link, and see the clock; returns its time."""
    await phone.open(await appliance.link())
    clock = await phone.wait_for("probes.clock()", within=30)
    time: int = clock["time"]
    return time


FOREIGN = """
const describe = RTCPeerConnection.prototype.setRemoteDescription;
RTCPeerConnection.prototype.setRemoteDescription = function ({ type, sdp }) {
  return describe.call(this, { type, sdp: sdp.replace(/H264|VP8/g, "X-UNKNOWN") });
};
"""
"""The offer, as a browser reads it that knows neither codec."""


async def test_without_a_common_codec_the_person_is_told_and_hears(tmp_path: Path) -> None:
    async with (
        Appliance.running() as appliance,
        launch_chromium(tmp_path, appliance.ca, Devices()) as chromium,
    ):
        phone = await chromium.phone(before=FOREIGN)
        await phone.open(await appliance.link())
        assert "No picture" in await phone.wait_for(
            "document.querySelector('#toasts').textContent.trim()", within=30
        )
        tone = await phone.wait_for(
            "probes.tone().then((tone) => tone && tone.level > -60 && tone)"
        )
        assert tone["hertz"] == pytest.approx(440, abs=5)
        assert "takes no picture of ours" in appliance.log()


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
