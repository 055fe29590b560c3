"""A phone scans the code and is in a call with the appliance."""

from pathlib import Path

import pytest
from aiohttp import ClientSession
from aiohttp.client_exceptions import WSServerHandshakeError

from tests.support.appliance import Appliance
from tests.support.browsers.browser import Browser, launch
from tests.support.browsers.devices import Devices
from tests.support.browsers.phone import Phone
from tests.support.qr import read_qr
from tests.support.scenario import AT_END, IN_CALL, flowing, idle, until

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]

TONE_HERTZ = 440


async def call(appliance: Appliance, phone: Phone) -> str:
    """Scan the code on the screen, and be in a call; returns the link."""
    link = read_qr(appliance.screen)
    assert link == await appliance.link()
    await phone.open(link)
    await phone.wait_for(IN_CALL)
    await phone.wait_for("probes.clock()", within=30)
    return link


async def test_both_see_and_hear_each_other(appliance: Appliance, phone: Phone) -> None:
    await call(appliance, phone)
    first = await phone.evaluate("probes.clock()")
    later = await phone.wait_for(
        f"((now) => now && now.time > {first['time']} && now)(probes.clock())"
    )
    assert later["time"] - first["time"] < 60_000
    await phone.evaluate("probes.frame()")
    assert await phone.wait_for("probes.frame().difference > 1")
    tone = await phone.wait_for("probes.tone()")
    assert tone["hertz"] == pytest.approx(TONE_HERTZ, abs=5)
    status = await until(appliance, flowing)
    [served] = status["calls"]
    assert served["history"] == ["published", "offered", "answered", "connected"]
    assert served["received"]["audioLevel"] > -60
    assert served["received"]["videoFrames"] == 0
    assert "video" not in (await phone.evaluate("probes.stats()"))["outbound"]
    assert (status["camera"]["state"], status["audio"]["state"]) == ("open", "open")
    await phone.click("#hangup")
    await phone.wait_for(AT_END)
    assert phone.errors == []
    await until(appliance, idle)


async def test_after_the_end_the_link_is_dead_and_the_next_one_works(
    appliance: Appliance, browser: Browser, phone: Phone
) -> None:
    link = await call(appliance, phone)
    await phone.click("#hangup")
    await phone.wait_for(AT_END)
    await until(appliance, idle)
    late = await browser.phone()
    await late.open(link)
    toast = await late.wait_for("document.querySelector('#toasts').textContent.trim()")
    assert "The session has ended" in toast
    await late.wait_for(AT_END)
    assert not [line for line in late.console if line.startswith("error")]
    assert await call(appliance, late) != link
    await appliance.ask("/hangup", method="POST")
    await late.wait_for(AT_END)
    await late.close()
    status = await until(appliance, idle)
    assert status["sessions"] == {"waiting": 1, "active": 0}


async def test_a_person_without_camera_and_microphone_sees_and_hears(
    appliance: Appliance, tmp_path: Path
) -> None:

    async with launch("chromium", appliance.ca, Devices(access="none")) as browser:
        phone = await browser.phone()
        await phone.open(await appliance.link())
        await phone.click("#join")
        await phone.wait_for("probes.clock()", within=30)
        tone = await phone.wait_for("probes.tone()")
        assert tone["hertz"] == pytest.approx(TONE_HERTZ, abs=5)
        await phone.click("#hangup")
        await phone.wait_for(AT_END)
    await until(appliance, idle)


async def test_plain_sockets_are_refused(appliance: Appliance) -> None:
    async with ClientSession() as http:
        with pytest.raises(WSServerHandshakeError) as refused:
            await http.ws_connect(f"ws://{appliance.host}:{appliance.http_port}/signal")
        assert refused.value.status == 426
        async with http.get(
            f"http://{appliance.host}:{appliance.http_port}/x", allow_redirects=False
        ) as response:
            assert response.status == 308
            assert response.headers["Location"] == (
                f"https://{appliance.host}:{appliance.https_port}/x"
            )
