"""Browsers take a limit of their playout delay, and show pictures with the least one there is."""

import sys

import pytest

from homecall_appliance.media.rtp.extensions import PLAYOUT_DELAY
from homecall_appliance.media.webrtc.sdp import parse
from tests.support.appliance import Appliance
from tests.support.browsers.browser import BrowserName, launch
from tests.support.browsers.devices import Devices

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]

ALWAYS = """
import runpy
from homecall_appliance.media.webrtc import playout_delay
playout_delay.UNLIMITED = playout_delay.AT_ONCE
runpy.run_module("homecall_appliance", run_name="__main__")
"""
"""The daemon, to which every path is near."""

PICTURES = 20


@pytest.mark.parametrize("name", ["chromium", "firefox"])
async def test_pictures_are_shown_as_they_come(name: BrowserName) -> None:
    async with (
        Appliance.running(command=(sys.executable, "-c", ALWAYS)) as appliance,
        launch(name, appliance.ca, Devices()) as browser,
    ):
        phone = await browser.phone()
        await phone.open(await appliance.link())
        await phone.wait_for("probes.clock()", within=30)
        answer = await phone.evaluate("probes.peers.at(-1).localDescription.sdp")
        _, picture = parse(answer).sections
        assert PLAYOUT_DELAY in picture.extensions
        times: set[int] = set()
        while len(times) < PICTURES:
            times.add((await phone.wait_for("probes.clock()"))["time"])
