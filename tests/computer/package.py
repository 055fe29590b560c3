"""The package on a computer that boots as Debian does: its own unit starts it."""

import tomli_w

from tests.computer.appliance import Appliance
from tests.support.appliance import Tables

SERVICE = "homecall-appliance"
CONFIGURATION = "/etc/homecall-appliance/homecall.toml"


class Service(Appliance):
    """The service, as its package makes it."""

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

    def log(self) -> str:
        """What the journal has of it."""
        journal = ("journalctl", "--boot", "--no-pager", "--output=short-monotonic")
        return self.computer.run(*journal, f"--unit={SERVICE}")
