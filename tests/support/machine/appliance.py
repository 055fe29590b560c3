"""The service on a machine, as its owner sees it: by systemctl and by the command."""

import json
from pathlib import Path
from typing import Any

import tomli_w

from tests.support.appliance import Tables
from tests.support.machine.machine import Machine

SERVICE = "homecall-appliance"
CONFIGURATION = "/etc/homecall-appliance/homecall.toml"
AUTHORITY = "/var/lib/homecall-appliance/tls/ca.crt"
SCREEN = "/run/homecall-appliance/screen.png"

TEST_DEVICES: Tables = {
    "camera": {"backend": "test-pattern"},
    "audio": {"backend": "tone"},
    "display": {"backend": "image", "device": SCREEN},
}

ASK_HEALTH = """
import ssl, urllib.request
trusting = ssl._create_unverified_context()
try:
    with urllib.request.urlopen("https://localhost/healthz", context=trusting, timeout=5) as answer:
        print(answer.status, answer.read().decode())
except OSError as error:
    print(error)
"""

ASK_AUTHORITY = """
import urllib.request
with urllib.request.urlopen("http://localhost/ca.crt", timeout=5) as answer:
    print(answer.read().decode(), end="")
"""

READY_SECONDS = 60.0
"""Generous: a start takes two or three, on a machine that has nothing else to do."""


def install(machine: Machine, package: Path) -> str:
    """Do what an owner does; returns what apt prints."""
    machine.put(f"/var/tmp/{package.name}", package.read_bytes())  # noqa: S108 - the machine's
    return machine.run("apt-get", "install", "--yes", f"/var/tmp/{package.name}")  # noqa: S108


def with_test_devices(machine: Machine, overrides: Tables | None = None) -> None:
    """Configure the test pattern, the test tone, and a picture for a screen; then `overrides`."""
    tables = {**TEST_DEVICES, **(overrides or {})}
    machine.put(CONFIGURATION, tomli_w.dumps(tables))


class Appliance:
    """The service on a machine."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine

    @property
    def address(self) -> str:
        """Where a phone finds it."""
        return self.machine.cable.address

    def show(self, name: str) -> str:
        """A property, as `systemctl show` has it."""
        return self.machine.run("systemctl", "show", SERVICE, "--value", "-p", name).strip()

    @property
    def state(self) -> str:
        """Such as "active"."""
        return self.show("ActiveState")

    @property
    def main_pid(self) -> int:
        """The daemon's process, as the host numbers it; 0 where there is none."""
        pid = int(self.show("MainPID"))
        try:
            return pid and self.machine.host_pid(pid)
        except ProcessLookupError:  # it has just ended
            return 0

    def systemctl(self, verb: str) -> None:
        """Have it started, stopped, restarted; raises AssertionError where that does not work."""
        self.machine.run("systemctl", verb, SERVICE)

    def becomes(self, state: str, within: float = READY_SECONDS) -> float:
        """Seconds until it is "active", or whatever; raises AssertionError with the journal."""
        return self.machine.wait_for(lambda: self.state == state, within, f"the state {state}")

    def link(self) -> str:
        """What `homecall-appliance link` prints; "" where that fails."""
        done = self.machine.attempt("homecall-appliance", "link")
        return done.stdout.strip() if done.returncode == 0 else ""

    def status(self) -> dict[str, Any]:
        """What `homecall-appliance status --json` tells; AssertionError where it fails."""
        status = self.answered_status()
        assert status is not None, self.journal()
        return status

    def answered_status(self) -> dict[str, Any] | None:
        """The same; None where it fails."""
        done = self.machine.attempt("homecall-appliance", "status", "--json")
        status: dict[str, Any] | None = json.loads(done.stdout) if done.returncode == 0 else None
        return status

    def healthy(self) -> bool:
        """Whether HTTPS answers that all is well, asked on the machine itself."""
        answer = self.machine.run("python3", "-c", ASK_HEALTH, check=False)
        return answer.startswith("200 ") and json.loads(answer[4:]) == {"status": "ok"}

    def authority(self) -> str:
        """What it hands out to be trusted, in PEM."""
        return self.machine.run("python3", "-c", ASK_AUTHORITY)

    def journal(self, *options: str) -> str:
        """What the service has said since the machine was switched on."""
        return self.machine.journal("--unit", SERVICE, "--output=short-precise", *options)
