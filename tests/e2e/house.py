"""An appliance in a network of namespaces, with each phone on a machine of its own."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count

from tests.support.appliance import COMMAND, Appliance, Tables
from tests.support.browsers.browser import Browser, BrowserName, launch
from tests.support.browsers.phone import Phone
from tests.support.network import APPLIANCE, Home, Host, home
from tests.support.scenario import AT_END, flowing, idle, until

_addresses = count(10)


@dataclass
class House:
    """An appliance in a network that can be pulled."""

    network: Home
    appliance: Appliance
    browser_name: BrowserName
    """Which browser its phones have."""

    @property
    def url(self) -> str:
        """The page that a phone opens without a link."""
        return f"https://{self.appliance.host}:{self.appliance.https_port}/"

    @asynccontextmanager
    async def browser(self) -> AsyncIterator[tuple[Browser, Host]]:
        """A browser on a machine of its own, and that machine."""
        authority = self.appliance.directory / "tls" / "ca.crt"
        with self.network.host(next(_addresses)) as host:
            async with launch(self.browser_name, authority, prefix=host.prefix) as browser:
                yield browser, host

    @asynccontextmanager
    async def phone(self, before: str = "") -> AsyncIterator[tuple[Phone, Host]]:
        """A phone on a machine of its own, and that machine; `before`: see Browser.phone()."""
        async with self.browser() as (browser, host):
            yield await browser.phone(before=before), host

    async def call(self, phone: Phone) -> str:
        """Open the link, and be in a call; returns the link."""
        link = await self.appliance.link()
        await phone.open(link)
        await phone.wait_for("probes.clock()", within=30)
        await until(self.appliance, flowing)
        return link

    async def hang_up(self, phone: Phone) -> None:
        """End the call from the phone."""
        await phone.click("#hangup")
        await phone.wait_for(AT_END)
        assert phone.errors == []
        await until(self.appliance, idle)


@asynccontextmanager
async def house(
    width: int,
    height: int,
    framerate: int,
    command: Sequence[str] = COMMAND,
    *,
    browser_name: BrowserName = "chromium",
) -> AsyncIterator[House]:
    """An appliance whose test pattern has this size and rate; `command` is what is run."""
    with home() as network:
        inside = (*network.machine.prefix, *command)
        overrides: Tables = {
            # Its machine is the bridge, which by itself is taken for one of containers.
            "server": {"public_host": APPLIANCE, "http_port": 0, "interfaces": ["lan"]},
            "camera": {"width": width, "height": height, "framerate": framerate},
        }
        async with Appliance.running(overrides, command=inside) as appliance:
            yield House(network, appliance, browser_name)
