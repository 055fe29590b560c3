"""One path, built: its networks, what the internet has, the daemon, and a browser."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.reach.addresses import (
    GATE,
    HOME4,
    NAME,
    OTHER_RELAY,
    RELAY,
    RELAY4,
    RELAY_NAME,
    ROUTER,
    WAN,
)
from tests.reach.caller import Caller
from tests.reach.networks import Networks, networks
from tests.reach.services import Service, name_server, relay
from tests.reach.topology import Topology
from tests.support.appliance import COMMAND, Appliance, Tables
from tests.support.browsers.authority import Authority
from tests.support.browsers.browser import Browser, BrowserName, launch
from tests.support.browsers.devices import Access, Devices
from tests.support.rigs.programs import other_clock

Facts = Mapping[str, Any]
"""What an event has shown besides how the call went, as JSON carries it."""


@dataclass(frozen=True)
class Setting(Topology):
    """Everything that is there before anybody calls."""

    host: str = "auto"
    """server.public_host."""

    ice: Mapping[str, Any] = field(default_factory=dict)
    """The table `ice` of the configuration."""

    server: Mapping[str, Any] = field(default_factory=dict)
    """Further keys of the table `server`."""

    relays: int = 1
    """How many relays live: one at .10, another at .12. At .11 there is a dead one."""

    clock: str = ""
    """By how much the appliance's clock is off, such as "-2d"."""

    prepare: Callable[["World"], None] | None = None
    """Done to the networks before the daemon starts."""

    browser: BrowserName = "chromium"

    access: Access = "granted"
    """Which devices the phone has."""

    script: str = ""
    """What each page runs before its own scripts."""


class World:
    """The networks of a path, and all that is in them."""

    appliance: Appliance
    """The daemon; from when on it runs."""

    def __init__(self, setting: Setting, directory: Path, stack: ExitStack) -> None:
        self.setting = setting
        self.directory = directory
        """What everything here writes."""
        self.networks: Networks = stack.enter_context(networks(setting))
        self.authority = Authority(directory)
        """Has signed what the lab's own servers have."""
        self.stack = stack
        """What ends when the path is taken down."""
        self.undo = stack.enter_context(ExitStack())
        """What puts everything back into its place after a call."""
        self.relays = [self._relay(number) for number in (RELAY, OTHER_RELAY)[: setting.relays]]
        self.names = self._name_server(HOME4)

    def serve_name(self, address: str) -> None:
        """Let the home's name lead to another address from now on."""
        self.names.stop()
        self.names = self._name_server(address)

    def _relay(self, number: int) -> Service:
        interfaces = WAN.interfaces(number, v4=self.setting.v4, v6=self.setting.v6)
        addresses = [each.partition("/")[0] for each in interfaces]
        folder = self.directory / f"relay-{number}"
        folder.mkdir()
        pair = self.authority.leaf(WAN.host4(number), RELAY_NAME)
        made = relay(self.networks.internet, folder, addresses, pair)
        self.stack.callback(made.stop)
        made.start()
        return made

    def _name_server(self, address: str) -> Service:
        where = GATE if self.setting.v4 else WAN.host6(ROUTER)
        log = self.directory / "names.log"
        made = name_server(self.networks.internet, log, {NAME: address, RELAY_NAME: RELAY4}, where)
        self.stack.callback(made.stop)
        made.start()
        return made

    @asynccontextmanager
    async def daemon(self) -> AsyncIterator[None]:
        """Run the appliance."""
        setting = self.setting
        overrides: Tables = {
            "server": {
                "https_port": 443,
                "http_port": 0,
                "public_host": setting.host,
                **setting.server,
            },
            "tls": {"state_directory": str(self.directory / "tls")},
            "camera": {"width": 640, "height": 360, "framerate": 15},
            "display": {"backend": "none"},
            "ice": setting.ice,
        }
        inside = (*self.networks.appliance.prefix, *COMMAND)
        async with Appliance.running(overrides, inside, self._environment) as self.appliance:
            yield

    @property
    def _environment(self) -> Mapping[str, str]:
        return {
            # For the relays: of the web at large, the daemon trusts the system's authorities.
            "SSL_CERT_FILE": str(self.authority.certificate),
            **(other_clock(self.setting.clock) if self.setting.clock else {}),
        }

    async def command(self, name: str) -> str:
        """Run a command such as "status" or "reach", as the owner does at the appliance; returns
        what it prints."""
        command = [*self.networks.appliance.prefix, *COMMAND, name, "--config"]
        process = await asyncio.create_subprocess_exec(
            *command,
            str(self.appliance.directory / "homecall.toml"),
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, **self._environment},
        )
        output, _ = await process.communicate()
        return output.decode()

    @asynccontextmanager
    async def browser(self) -> AsyncIterator[Browser]:
        """Run the phone's browser, which trusts the appliance and the relays."""
        own = self.directory / "tls" / "ca.crt"
        trusted = self.directory / "trusted.pem"
        trusted.write_bytes(own.read_bytes() + self.authority.certificate.read_bytes())
        devices, prefix = Devices(access=self.setting.access), self.networks.phone.prefix
        async with launch(self.setting.browser, trusted, devices, prefix=prefix) as browser:
            yield browser


Event = Callable[[World, Caller], Awaitable[Facts]]
"""Something that happens in a call; returns when nothing stands in its way any more. Puts what
undoes it on `World.undo`."""


@asynccontextmanager
async def world(setting: Setting) -> AsyncIterator[World]:
    """Build a path, with a daemon that waits for a call. Raises AssertionError with what it
    needs."""
    with TemporaryDirectory(prefix="homecall-reach-") as directory, ExitStack() as stack:
        made = World(setting, Path(directory), stack)
        if setting.prepare:
            setting.prepare(made)
        async with made.daemon():
            yield made
