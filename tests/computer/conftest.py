"""The parts of a test: a network, a computer in it, the daemon there, and a phone."""

from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import pytest_asyncio

from tests.computer.appliance import Appliance
from tests.support.browsers.chromium import Chromium, launch_chromium
from tests.support.browsers.devices import Devices, write_film
from tests.support.browsers.phone import Phone
from tests.support.network import Home, Host, home
from tests.support.rigs.qemu.computer import Computer
from tests.support.rigs.qemu.computer import computer as switched_on
from tests.support.rigs.qemu.systems import from_source

ADDRESS = "10.77.1.2"

_addresses = count(10)


@pytest.fixture(scope="session")
def network() -> Iterator[Home]:
    """A home's network, of which nothing reaches the outside."""
    with home() as network:
        yield network


@pytest.fixture(scope="session")
def computer(network: Home) -> Iterator[Computer]:
    """A computer that is on; nothing is plugged in."""
    with switched_on(network, ADDRESS, from_source()) as computer:
        yield computer


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def appliance(computer: Computer) -> AsyncIterator[Appliance]:
    """The daemon, which takes the first webcam that is there."""
    async with Appliance.running(computer) as appliance:
        yield appliance


@pytest.fixture
def host(network: Home) -> Iterator[Host]:
    """The machine of a phone, on a cable of its own."""
    with network.host(next(_addresses)) as host:
        yield host


@pytest_asyncio.fixture(loop_scope="module")
async def browser(host: Host, appliance: Appliance) -> AsyncIterator[Chromium]:
    """A browser there. What the daemon says meanwhile is printed in the end."""
    before = len(appliance.log())
    with TemporaryDirectory(prefix="homecall-browser-", ignore_cleanup_errors=True) as files:
        devices = Devices(picture=write_film(Path(files) / "film.y4m"))
        async with launch_chromium(Path(files), appliance.ca, devices, host.prefix) as browser:
            yield browser
            print(appliance.log()[before:])


@pytest_asyncio.fixture(loop_scope="module")
async def phone(browser: Chromium) -> Phone:
    """A page of the browser."""
    return await browser.phone(bypass_csp=True)
