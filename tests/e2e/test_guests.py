"""Two phones call each other through the appliance, with a link made by the button."""

import pytest

from tests.support.appliance import Appliance
from tests.support.browsers.browser import Browser
from tests.support.scenario import AT_END

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]

FLOWS = """
probes.stats().then((stats) => stats
  && stats.inbound.video?.framesDecoded > 20 && stats.inbound.audio?.packetsReceived > 50
  && stats.outbound.video?.framesSent > 20 && stats.outbound.audio?.packetsSent > 50
  && stats.inbound.audio.totalAudioEnergy > 0 && stats)
"""


async def test_two_pages_call_each_other(appliance: Appliance, browser: Browser) -> None:
    ann = await browser.phone()
    await ann.open(f"https://{appliance.host}:{appliance.https_port}/")
    await ann.click("#connect")
    link = await ann.wait_for(
        "((each) => each?.value || each?.href)(document.querySelector('#share-link'))"
    )
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
