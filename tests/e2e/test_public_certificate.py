"""A visitor of an appliance with a certificate by ACME: no warning, and no renewal is noticed."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.e2e.public_house import NAME, PublicHouse, public_house
from tests.support.address import local_address
from tests.support.browsers.browser import BrowserName, launch
from tests.support.browsers.phone import PageError, Phone
from tests.support.scenario import AT_END, IN_CALL, flowing, idle, until

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.apt,
    pytest.mark.long,
    pytest.mark.asyncio(loop_scope="module"),
]

NOT_TRUSTED = r"ERR_CERT_AUTHORITY_INVALID|SEC_ERROR_UNKNOWN_ISSUER"

LIFETIME = 60.0
"""Seconds for which a certificate is valid that is renewed in a call, at half of it."""

MOST_RENEWALS = 5
MOMENT = 960
"""Samples of sound at 48 kHz: one packet."""

SPAN = 15.0
"""Seconds over which frames are counted, with a renewal in the middle of them, or without one."""

WORKER = """
navigator.serviceWorker.ready.then(({ active }) => new URL(active.scriptURL).pathname)
"""
"""The service worker that the page has registered."""

SAMPLE = """
probes.stats().then(({ inbound: { video, audio } }) => ({
  at: performance.now() / 1000,
  decoded: video.framesDecoded,
  dropped: video.framesDropped,
  freezes: video.freezeCount,
  lost: video.packetsLost + audio.packetsLost,
  heard: audio.totalSamplesReceived,
  concealed: audio.concealedSamples,
}))
"""


@dataclass(frozen=True)
class Sample:
    """How much of a call there has been by a moment."""

    serial: str
    """Of the certificate that new connections are shown."""

    sent: int
    """Frames that the appliance has sent."""

    counted: dict[str, float]
    """What the browser has of them; `at` is in seconds."""

    @property
    def at(self) -> float:
        return self.counted["at"]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[PublicHouse]:
    async with public_house(tmp_path_factory.mktemp("house")) as made:
        yield made


@pytest.mark.timeout(180)
@pytest.mark.parametrize("name", ["chromium", "firefox"])
async def test_a_browser_that_trusts_the_authority_alone_warns_of_nothing(
    house: PublicHouse, name: BrowserName
) -> None:
    assert house.dns.records(NAME, "A") == [str(ip_address(local_address()))]
    async with launch(name, house.root, local_names=(NAME,)) as browser:
        phone = await browser.phone()
        await phone.open(await house.appliance.link())
        assert await phone.evaluate("isSecureContext && location.hostname") == NAME
        await phone.wait_for(IN_CALL)
        await phone.wait_for("probes.clock()", within=30)
        await phone.click("#hangup")
        await phone.wait_for(AT_END)
        assert phone.errors == []
        assert await phone.wait_for(WORKER, within=20) == "/appliance-worker.js"
    await until(house.appliance, idle)


@pytest.mark.timeout(180)
@pytest.mark.parametrize("name", ["chromium", "firefox"])
async def test_one_that_does_not_trust_it_refuses(house: PublicHouse, name: BrowserName) -> None:
    async with launch(name, house.appliance.ca, local_names=(NAME,)) as browser:
        phone = await browser.phone()
        with pytest.raises(PageError, match=NOT_TRUSTED):
            await phone.open(house.url)
        # Which is by no fault of its own: of the appliance's own authority it opens the address.
        await phone.open(f"https://{local_address()}:{house.appliance.https_port}/")
        assert await phone.evaluate("isSecureContext")


@pytest.mark.timeout(600)
async def test_a_renewal_in_a_call_costs_no_frame(tmp_path: Path) -> None:
    """No packet and no frame, that is, and nothing comes late. Others have this machine's
    processors as well, so one renewal of a few counts that nobody else has disturbed."""
    async with (
        public_house(tmp_path, LIFETIME) as house,
        launch("chromium", house.root, local_names=(NAME,)) as browser,
    ):
        phone = await browser.phone()
        await phone.open(await house.appliance.link())
        await phone.wait_for("probes.clock()", within=30)
        await until(house.appliance, flowing)
        samples = [await sample(house, phone)]
        for _ in range(MOST_RENEWALS):
            while not (found := around_a_renewal(samples)):
                samples.append(await sample(house, phone))
            before, over = found
            print(f"\nbefore the renewal {figures(before)}\nover the renewal   {figures(over)}")
            samples = [each for each in over if each.serial == over[-1].serial]
            if is_undisturbed(over):
                break
        else:
            pytest.fail("The call is disturbed at each renewal.")

        [served] = (await house.appliance.status())["calls"]
        assert served["history"] == ["published", "offered", "answered", "connected"]
        assert len(await phone.evaluate("probes.attached")) == 1, "the socket is the first one"
        assert await phone.evaluate("probes.peers.length") == 1
        assert phone.errors == []
        await phone.click("#hangup")
        await phone.wait_for(AT_END)


async def sample(house: PublicHouse, phone: Phone) -> Sample:
    serial = await house.serial()
    [call] = (await house.appliance.status())["calls"]
    counted: dict[str, Any] = await phone.evaluate(SAMPLE)
    await asyncio.sleep(1.0)  # who connects more often is turned away
    return Sample(serial, call["sent"]["videoFrames"], counted)


def around_a_renewal(samples: Sequence[Sample]) -> tuple[list[Sample], list[Sample]] | None:
    """The samples of a span without a renewal, and of the one after it with a renewal in its
    middle; None before there have been both."""
    for before, renewed in pairwise(samples):
        if before.serial == renewed.serial:
            continue
        begin, middle, end = (renewed.at + share * SPAN for share in (-1.5, -0.5, 0.5))
        if samples[0].at <= begin and end <= samples[-1].at:
            spans = ((begin, middle), (middle, end))
            first, second = ([s for s in samples if a <= s.at <= b] for a, b in spans)
            return first, second
    return None


def figures(span: Sequence[Sample]) -> dict[str, float]:
    """What has been counted from the first sample to the last."""
    begin, end = span[0], span[-1]
    counted = {key: round(end.counted[key] - begin.counted[key], 2) for key in begin.counted}
    return {**counted, "sent": end.sent - begin.sent, "missing": missing(span)}


def missing(span: Sequence[Sample]) -> float:
    """How many more of the frames that the appliance has sent are not decoded by the end. What is
    lost never is, and what is on its way is at another moment."""
    middle = len(span) // 2
    first, second = (
        min(each.sent - each.counted["decoded"] for each in half)
        for half in (span[:middle], span[middle:])
    )
    return second - first


def is_undisturbed(span: Sequence[Sample]) -> bool:
    """Whether every packet came and every frame was decoded, no picture stood still, and no sound
    was made up for more than a moment."""
    found = figures(span)
    whole = found["lost"] == found["dropped"] == found["freezes"] == 0 and found["missing"] <= 1
    return whole and found["concealed"] <= MOMENT
