"""What the internet has: relays, and a DNS server."""

import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.reach.addresses import RELAY4, RELAY_NAME
from tests.reach.machines import Node
from tests.support.rigs.programs import program

STATIC_AUTH = "what the relay and the appliance know"
"""coturn's static-auth-secret."""

START_SECONDS = 20.0


class Service:
    """A program in a machine, which is started again at will."""

    def __init__(
        self, machine: Node, log: Path, command: Sequence[str], port: int, address: str
    ) -> None:
        """`port` and `address` are where it takes datagrams once it is there."""
        self._machine = machine
        self._log = log
        self._command = command
        self._where = f"src {address} and sport = :{port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it listens. Raises AssertionError with its log where it does
        not."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [*self._machine.prefix, *self._command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self._log.parent,
            )
        deadline = time.monotonic() + START_SECONDS
        while not self._machine.run("ss", "-Hlun", self._where):
            late = time.monotonic() > deadline or self._process.poll() is not None
            assert not late, f"{self._log.stem} does not start:\n{self._log.read_text('utf-8')}"
            time.sleep(0.05)

    def stop(self) -> None:
        """Kill it, as a power cut does: nobody is told. Once it has ended: nothing more."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def restart(self) -> None:
        """Begin anew, with nothing remembered."""
        self.stop()
        self.start()


def relay(
    machine: Node, folder: Path, addresses: Sequence[str], pair: tuple[Path, Path]
) -> Service:
    """coturn at these addresses: STUN and TURN by UDP and TCP at port 3478, by TLS at 443 with this
    certificate and key. `folder` is where it keeps its files."""
    certificate, key = pair
    options = {
        "listening-port": "3478",
        "tls-listening-port": "443",
        "cert": str(certificate),
        "pkey": str(key),
        "static-auth-secret": STATIC_AUTH,
        "realm": "reach",
        "log-file": "stdout",
        "pidfile": str(folder / "turn.pid"),
        "userdb": str(folder / "turn.db"),
    }
    switches = ("-n", "--fingerprint", "--use-auth-secret", "--no-cli", "--no-multicast-peers")
    command = [
        *program("turnserver"),
        *switches,
        "--no-dtls",
        "--verbose",
        *(f"--listening-ip={each}" for each in addresses),
        *(f"--relay-ip={each}" for each in addresses),
        *(f"--{name}={value}" for name, value in options.items()),
    ]
    return Service(machine, folder / "coturn.log", command, 3478, bracketed(addresses[0]))


def name_server(
    machine: Node, log: Path, names: Mapping[str, str], address: str, *options: str
) -> Service:
    """dnsmasq, which knows these names and their addresses, and no others. `address` is one of the
    machine, and `options` are further ones of dnsmasq(8)."""
    command = [
        *program("dnsmasq"),
        "--keep-in-foreground",
        "--no-resolv",
        "--no-hosts",
        "--conf-file=/dev/null",
        "--pid-file",
        "--local-ttl=1",
        "--log-facility=-",
        "--user=root",
        "--bind-interfaces",
        f"--listen-address={address}",
        *(f"--address=/{name}/{where}" for name, where in names.items()),
        *options,
    ]
    return Service(machine, log, command, 53, bracketed(address))


def bracketed(address: str) -> str:
    """An address as URLs and ss(8) write it."""
    return f"[{address}]" if ":" in address else address


def turn(*urls: str, auth: str = STATIC_AUTH) -> dict[str, object]:
    """A table of `ice.turn`, with this secret."""
    return {"urls": list(urls), "secret": auth}


STUN = f"stun:{RELAY4}:3478"
UDP = f"turn:{RELAY4}:3478?transport=udp"
TCP = f"turn:{RELAY4}:3478?transport=tcp"
TLS = f"turns:{RELAY_NAME}:443?transport=tcp"
"""The relay, as `ice.stun` and `ice.turn` name it: by TLS, Firefox takes no address for it."""
