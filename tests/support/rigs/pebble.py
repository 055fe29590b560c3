"""A real certificate authority for tests: Debian's Pebble, strict, on ports of the loopback.

It refuses one nonce in five, and looks names up at a DNS server of the test's. Without one it takes
every challenge as met.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from homecall_appliance.certificates.authority import issue, make_authority
from homecall_appliance.network.addresses import Names
from tests.support.address import free_ports
from tests.support.rigs.programs import program

_FETCH = """
import ssl, sys, urllib.request
context = ssl.create_default_context(cafile=sys.argv[2])
with urllib.request.urlopen(sys.argv[1], context=context) as answer:
    sys.stdout.buffer.write(answer.read())
"""

_LOCAL = Names(dns=("localhost",), addresses=())


@dataclass
class Pebble:
    """One, which can be started anew: then it knows no account and has another root."""

    folder: Path
    dns: str | None
    port: int
    management_port: int
    http_port: int
    """Where it asks for the answers to http-01 challenges."""

    days: float = 90.0
    """For how long its certificates are valid."""

    prefix: Sequence[str] = ()
    """What stands before its command, such as `ip netns exec NAME`: whose loopback it is on."""

    process: subprocess.Popen[bytes] | None = None

    @property
    def directory(self) -> str:
        return f"https://localhost:{self.port}/dir"

    @property
    def trusted(self) -> str:
        """The file with the root of its own server."""
        return str(self.folder / "api-root.pem")

    @property
    def log(self) -> str:
        return (self.folder / "pebble.log").read_text()

    def root(self) -> bytes:
        """The root of the certificates that it issues."""
        url = f"https://localhost:{self.management_port}/roots/0"
        command = [*self.prefix, sys.executable, "-c", _FETCH, url, self.trusted]
        return subprocess.run(command, check=True, capture_output=True).stdout

    def start(self) -> None:
        """Start it, and wait until it answers."""
        authority = make_authority(_LOCAL, datetime.now(UTC))
        leaf = issue(authority, _LOCAL, datetime.now(UTC))
        (self.folder / "api-root.pem").write_bytes(authority.root_pem)
        (self.folder / "api.pem").write_bytes(authority.chain(leaf))
        (self.folder / "api.key").write_bytes(leaf.key_pem)
        seconds = int(self.days * 86400)
        configuration = {
            "listenAddress": f"127.0.0.1:{self.port}",
            "managementListenAddress": f"127.0.0.1:{self.management_port}",
            "certificate": str(self.folder / "api.pem"),
            "privateKey": str(self.folder / "api.key"),
            "httpPort": self.http_port,
            "tlsPort": 9,
            "ocspResponderURL": "",
            "externalAccountBindingRequired": False,
            "certificateValidityPeriod": seconds,
            # The same as newer versions have it.
            "profiles": {"default": {"description": "usual", "validityPeriod": seconds}},
        }
        (self.folder / "pebble.json").write_text(json.dumps({"pebble": configuration}))
        resolving = ["-dnsserver", self.dns] if self.dns else []
        settings = {
            "PEBBLE_VA_ALWAYS_VALID": "0" if self.dns else "1",
            "PEBBLE_VA_NOSLEEP": "1",
            "PEBBLE_AUTHZREUSE": "0",
            "PEBBLE_WFE_NONCEREJECT": "20",
        }
        with (self.folder / "pebble.log").open("ab") as log:
            self.process = subprocess.Popen(
                [*self.prefix, *program("pebble"), "-strict", "-config", "pebble.json", *resolving],
                cwd=self.folder,
                env={**os.environ, **settings},
                stdout=log,
                stderr=log,
            )
        while not self._answers():
            assert self.process.poll() is None, self.log
            time.sleep(0.02)

    def stop(self) -> None:
        """End it, if it runs."""
        if self.process:
            self.process.terminate()
            self.process.wait()
        self.process = None

    def _answers(self) -> bool:
        try:
            return bool(self.root())
        except subprocess.CalledProcessError:
            return False


@contextmanager
def pebble(
    folder: Path, dns: str | None, days: float = 90.0, prefix: Sequence[str] = ()
) -> Iterator[Pebble]:
    """Run one, with its files in a folder; `dns` is "address:port" of a DNS server, and `days` how
    long its certificates are valid. `prefix` stands before its command."""
    port, management_port, http_port = free_ports(3)
    made = Pebble(folder, dns, port, management_port, http_port, days, prefix)
    made.start()
    try:
        yield made
    finally:
        made.stop()
