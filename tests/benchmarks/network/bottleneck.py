"""Two machines, and between them the bottleneck of a scenario, by relay.c."""

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.benchmarks.network.conditions import Condition
from tests.benchmarks.network.records import Packet, packets
from tests.support.network import Machine, namespace

SOURCE = Path(__file__).with_name("relay.c")

HOME, PHONE = "10.78.1.1", "10.78.1.10"
"""The addresses of the sender and the receiver."""

INTERFACE = "eth0"
"""The name of either's interface, as relay.c gives it."""

END_SECONDS = 10.0


def missing() -> list[str]:
    """The Debian packages that the relay needs and this machine lacks."""
    programs = {"gcc": "gcc libc6-dev", "ip": "iproute2"}
    return [package for program, package in programs.items() if not shutil.which(program)]


def compile_relay(directory: Path) -> Path:
    """Make the program in a directory; returns its path. Raises CalledProcessError."""
    program = directory / "relay"
    subprocess.run(["gcc", "-O2", "-Wall", "-Wextra", "-o", program, SOURCE], check=True)
    return program


class Bottleneck:
    """A network of two machines."""

    def __init__(self, home: Machine, phone: Machine, relay: "subprocess.Popen[str]") -> None:
        self.home = home
        """Where the sender is."""

        self.phone = phone
        """Where the receiver is."""

        self._relay = relay
        self.packets: list[Packet] = []
        """Those towards the phone, from `start` on, once the network is gone."""

    def start(self) -> None:
        """Let the time of the conditions begin now, and record."""
        _tell(self._relay, "start\n")
        _expect(self._relay, "started\n")


@contextmanager
def bottleneck(
    program: Path, conditions: Sequence[Condition], seed: int, records: Path
) -> Iterator[Bottleneck]:
    """A network with these conditions, whose chances are those of the seed, until left; then its
    `packets` are there. `records` is a file for what the relay writes.

    Raises AssertionError with what it needs.
    """
    with namespace() as home_name, namespace() as phone_name:
        command = [str(program), home_name, phone_name, str(seed), str(records)]
        relay = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )
        home, phone = Machine(home_name), Machine(phone_name)
        made = Bottleneck(home, phone, relay)
        try:
            _tell(relay, "".join(f"{each.row()}\n" for each in conditions) + "go\n")
            _expect(relay, "ready\n")
            for machine, address in ((home, HOME), (phone, PHONE)):
                machine.ip("link", "set", INTERFACE, "addrgenmode", "none", "up")
                machine.ip("address", "add", f"{address}/24", "dev", INTERFACE)
                machine.ip("route", "add", "default", "dev", INTERFACE)
            yield made
        finally:
            home.kill()
            phone.kill()
            relay.communicate(timeout=END_SECONDS)
        assert relay.returncode == 0, f"The relay ended with {relay.returncode}."
        with records.open(encoding="ascii") as lines:
            made.packets = packets(lines)


def _tell(relay: "subprocess.Popen[str]", text: str) -> None:
    assert relay.stdin
    relay.stdin.write(text)
    relay.stdin.flush()


def _expect(relay: "subprocess.Popen[str]", line: str) -> None:
    assert relay.stdout
    said = relay.stdout.readline()
    assert said == line, f"The relay says {said!r} in place of {line!r}, and ends."
