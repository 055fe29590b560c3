"""The parts of a scenario: an appliance, browsers that trust it, and a phone in each of them.

All of it lives in the event loop of the module. A scenario test therefore says
`pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]`.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.support.appliance import Appliance
from tests.support.browsers.browser import Browser, BrowserName, launch
from tests.support.browsers.phone import Phone


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def appliance() -> AsyncIterator[Appliance]:
    """A daemon with the test pattern, the test tone and nothing that listens to it."""
    async with Appliance.running() as appliance:
        yield appliance


@pytest.fixture(scope="module")
def memory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The memory of the screen, where the appliance is one of `rigs.screen`."""
    return tmp_path_factory.mktemp("screen") / "memory"


@pytest.fixture(scope="module")
def authority(appliance: Appliance) -> Path:
    """The PEM file of the authority that the browsers of the module trust."""
    return appliance.ca


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["chromium", "firefox"])
async def browser(request: pytest.FixtureRequest, authority: Path) -> AsyncIterator[Browser]:
    """One browser after the other, with devices that the person lets every page have."""
    async with launch(request.param, authority) as browser:
        yield browser


@pytest.fixture(
    scope="module", params=["chromium", pytest.param("firefox", marks=pytest.mark.long)]
)
def browser_name(request: pytest.FixtureRequest) -> BrowserName:
    """Which browser the phones of a scenario have, one after the other."""
    name: BrowserName = request.param
    return name


@pytest_asyncio.fixture(loop_scope="module")
async def phone(browser: Browser) -> AsyncIterator[Phone]:
    """A phone of 390 by 844 pixels that speaks English."""
    phone = await browser.phone()
    yield phone
    await phone.close()
