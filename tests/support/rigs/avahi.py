"""Avahi (Debian's) on a machine of a test, with a system bus of its own."""

import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.network import Machine
from tests.support.rigs.programs import program

START_SECONDS = 20.0

_BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:path={socket}</listen>
  <policy context="default">
    <allow user="*"/>
    <allow own="*"/>
    <allow send_type="method_call"/>
    <allow send_type="signal"/>
    <allow send_requested_reply="true"/>
    <allow receive_type="method_call"/>
    <allow receive_type="signal"/>
    <allow receive_requested_reply="true"/>
  </policy>
</busconfig>
"""

_CONFIGURATION = """
[server]
host-name={hostname}
use-ipv4=yes
use-ipv6=no
[publish]
publish-hinfo=no
publish-workstation=no
"""

_ALONE = """
mount -t tmpfs run /run
for each in passwd group; do mount --bind "$0/$each" "/etc/$each"; done
exec "$@"
"""
"""It wants a user and files of fixed names. What is mounted here nobody else sees: `ip netns exec`
gives each program a mount namespace of its own."""


class Avahi:
    """One, and its bus; each can be ended and started anew."""

    def __init__(self, machine: Machine, folder: Path, hostname: str) -> None:
        """`hostname` is what it calls the machine, if nobody else is called so."""
        self._machine = machine
        self._folder = folder
        self.bus = folder / "bus"
        """The bus's socket."""

        (folder / "bus.conf").write_text(_BUS.format(socket=self.bus))
        for each in ("passwd", "group"):
            line = "avahi:x:64999:64999::/:/bin/false\n" if each == "passwd" else "avahi:x:64999:\n"
            (folder / each).write_text(Path("/etc", each).read_text() + line)
        (folder / "avahi.conf").write_text(_CONFIGURATION.format(hostname=hostname))
        self._bus_daemon: subprocess.Popen[bytes] | None = None
        self._daemon: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> str:
        """What both have written."""
        return (self._folder / "avahi.log").read_text()

    def start_bus(self) -> None:
        """Start the bus, and wait until it takes connections."""
        self.bus.unlink(missing_ok=True)
        self._bus_daemon = self._start(
            "dbus-daemon", f"--config-file={self._folder}/bus.conf", "--nofork"
        )
        self._wait_for(self.bus.exists)

    def stop_bus(self) -> None:
        """End it, if it runs."""
        _end(self._bus_daemon)
        self._bus_daemon = None

    def start(self) -> None:
        """Start Avahi, and wait until it answers for a name."""
        daemon = (*program("avahi-daemon"), "--no-drop-root", "--no-chroot", "--no-rlimits")
        before = len(self.log)
        self._daemon = self._start(
            *("sh", "-euc", _ALONE, str(self._folder), *daemon),
            *("--file", f"{self._folder}/avahi.conf"),
        )
        self._wait_for(lambda: "Server startup complete" in self.log[before:])

    def stop(self) -> None:
        """End it, if it runs."""
        _end(self._daemon)
        self._daemon = None

    def run(self, name: str, *arguments: str) -> str:
        """What one of avahi-utils' programs prints, that runs to its end on the machine."""
        command = ("timeout", "20", *program(name), *arguments)
        return self._machine.run(*self._settings, *command)

    @property
    def _settings(self) -> tuple[str, ...]:
        return ("env", f"DBUS_SYSTEM_BUS_ADDRESS=unix:path={self.bus}")

    def _start(self, *command: str) -> subprocess.Popen[bytes]:
        with (self._folder / "avahi.log").open("ab") as log:
            return subprocess.Popen(
                [*self._machine.prefix, *self._settings, *command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def _wait_for(self, there: Callable[[], bool]) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not there():
            assert time.monotonic() < deadline, self.log
            time.sleep(0.05)


@contextmanager
def avahi(machine: Machine, folder: Path, hostname: str) -> Iterator[Avahi]:
    """One that runs, with its files in a folder, which is made."""
    folder.mkdir()
    (folder / "avahi.log").touch()
    made = Avahi(machine, folder, hostname)
    try:
        made.start_bus()
        made.start()
        yield made
    finally:
        made.stop()
        made.stop_bus()


def _end(process: subprocess.Popen[bytes] | None) -> None:
    if process:
        process.terminate()
        process.wait()
