"""Two phones call each other through the appliance, with a link made by the button."""

import pytest

from tests.support.appliance import Appliance
from tests.support.browsers.browser import Browser, BrowserName, launch
from tests.support.browsers.devices import Access, Devices
from tests.support.browsers.phone import Phone
from tests.support.scenario import AT_END, READY, sees

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]

FLOWS = """
probes.stats().then((stats) => stats
  && stats.inbound.video?.framesDecoded > 20 && stats.inbound.audio?.packetsReceived > 50
  && stats.outbound.video?.framesSent > 20 && stats.outbound.audio?.packetsSent > 50
  && stats.inbound.audio.totalAudioEnergy > 0 && stats)
"""


FOUND = 60.0
"""Seconds after which both see each other again at the latest, when a page was loaded again: a
browser takes up to 30 s to find that the other side is another page."""


async def link_of(phone: Phone, appliance: Appliance) -> str:
    """Press the button, and return the link."""
    await phone.open(f"https://{appliance.host}:{appliance.https_port}/")
    await phone.wait_for(READY)
    await phone.click("#connect")
    link: str = await phone.wait_for(
        "((each) => each?.value || each?.href)(document.querySelector('#share-link'))"
    )
    return link


async def test_two_pages_call_each_other(appliance: Appliance, browser: Browser) -> None:
    ann = await browser.phone()
    link = await link_of(ann, appliance)
    assert link.startswith(f"https://{appliance.host}:{appliance.https_port}/?session=")
    bob = await browser.phone()
    await bob.open(link)
    for phone in (ann, bob):
        stats = await phone.wait_for(FLOWS, within=40)
        print(
            {
                kind: {
                    "received": stats["inbound"][kind]["packetsReceived"],
                    "sent": stats["outbound"][kind]["packetsSent"],
                }
                for kind in ("audio", "video")
            }
        )
    assert (await appliance.status())["calls"] == []
    assert (await appliance.status())["sessions"] == {"waiting": 1, "active": 1}
    await bob.click("#hangup")
    for phone in (ann, bob):
        await phone.wait_for(AT_END)
        assert phone.errors == []
        await phone.close()
    assert (await appliance.status())["sessions"] == {"waiting": 1, "active": 0}


@pytest.mark.long
@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "devices",
    [("granted", "granted"), ("none", "granted"), ("granted", "none")],
    ids=["both with devices", "the maker without", "the guest without"],
)
@pytest.mark.parametrize("names", [("chromium", "firefox"), ("firefox", "chromium")])
async def test_two_browsers_call_each_other_and_are_loaded_again(
    appliance: Appliance, names: tuple[BrowserName, BrowserName], devices: tuple[Access, Access]
) -> None:
    async with (
        launch(names[0], appliance.ca, Devices(access=devices[0])) as maker,
        launch(names[1], appliance.ca, Devices(access=devices[1])) as guest,
    ):
        ann, bob = await maker.phone(), await guest.phone()
        await bob.open(await link_of(ann, appliance))
        if devices[1] == "none":
            await bob.wait_for("document.querySelector('#app').dataset.phase === 'asking'")
            await bob.click("#join")
        others = dict(zip((ann, bob), reversed(devices), strict=True))
        viewers = [phone for phone, other in others.items() if other == "granted"]
        for reloaded in (None, bob, ann):
            if reloaded is not None:
                await reloaded.reload()
            for phone in viewers:
                await sees(phone, within=FOUND)
        await bob.click("#hangup")
        for phone in (ann, bob):
            await phone.wait_for(AT_END)
            assert phone.errors == []
            await phone.close()
