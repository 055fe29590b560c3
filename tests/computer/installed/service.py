"""The service, as the package makes it."""

import tomli_w

from tests.computer.appliance import Appliance
from tests.computer.screens import SECONDS
from tests.support.appliance import Tables

SERVICE = "homecall-appliance"
CONFIGURATION = "/etc/homecall-appliance/homecall.toml"


class Service(Appliance):
    """The daemon, started by its own unit."""

    socket = "/run/homecall-appliance/control.sock"
    authority = "/var/lib/homecall-appliance/tls/ca.crt"
    start_seconds = 500.0

    def show(self, name: str) -> str:
        """A property, as `systemctl show` has it."""
        return self.computer.run("systemctl", "show", SERVICE, "--value", "-p", name).strip()

    async def configure(self, tables: Tables) -> None:
        """Change the configuration, as an owner does, and wait until it is in force."""
        self.computer.put(CONFIGURATION, tomli_w.dumps(tables))
        self.computer.run("systemctl", "restart", SERVICE, within=self.start_seconds)
        await self.has_a_link()

    async def says(self, text: str, times: int = 1) -> None:
        """Wait until the journal has something so many times since the last start of the service;
        raises AssertionError with it."""

        def said() -> bool:
            started = self.log().rpartition("Starting ")[2]
            return started.count(text) >= times

        await self._reaches(said, SECONDS, text)

    def log(self) -> str:
        """What the journal has of it."""
        journal = ("journalctl", "--boot", "--no-pager", "--output=short-monotonic")
        return self.computer.run(*journal, f"--unit={SERVICE}")
