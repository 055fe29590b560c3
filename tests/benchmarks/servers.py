"""The two servers under load: the daemon and the yardstick, as processes of their own."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path

import tomli_w

from homecall_appliance.config.model import Limits
from tests.support.address import free_port
from tests.support.appliance import Tables, configuration
from tests.support.browsers.authority import Authority

HOST = "127.0.0.1"
RELAY = Path(__file__).with_name("relay.mjs")

START_SECONDS = 30.0
STOP_SECONDS = 15.0

PLENTY = 1_000_000
"""For every limit: the benchmark is one visitor with the load of thousands."""


@dataclass(frozen=True)
class Server:
    """A server that listens."""

    pid: int
    url: str
    """Its signaling endpoint."""


class Servers:
    """Starts either server with the same certificate; their files are in `directory`."""

    def __init__(self, directory: Path, core: int, command: Sequence[str], log_level: str) -> None:
        """`core` is where the servers run; `command` and `log_level` are the daemon's."""
        authority = Authority(directory)
        self.ca = authority.certificate
        self._directory = directory
        self._certificate, self._key = authority.leaf(HOST)
        self._core = core
        self._command = command
        self._log_level = log_level

    @contextmanager
    def daemon(self, limits: Tables | None = None) -> Iterator[Server]:
        """Start the daemon without devices.

        `limits` are the tables [session] and [limits]; None: nothing that a load would meet.
        """
        port = free_port()
        tables = configuration(self._directory, {**self._tables(port), **(limits or _unlimited())})
        file = self._directory / "homecall.toml"
        file.write_text(tomli_w.dumps(tables), "utf-8")
        command = [*self._command, "run", "--config", str(file)]
        with self._started("daemon", command, port) as server:
            yield server

    @contextmanager
    def relay(self) -> Iterator[Server]:
        """Start the relay on Node."""
        port = free_port()
        where = ["--host", HOST, "--port", str(port)]
        files = ["--certificate", str(self._certificate), "--key", str(self._key)]
        with self._started("relay", ["node", str(RELAY), *where, *files], port) as server:
            yield server

    def _tables(self, port: int) -> Tables:
        return {
            "server": {"https_port": port, "http_port": 0, "public_host": HOST},
            "tls": {
                "mode": "files",
                "certificate": str(self._certificate),
                "private_key": str(self._key),
            },
            "camera": {"backend": "off"},
            "audio": {"backend": "silence"},
            "display": {"backend": "none"},
            "log": {"level": self._log_level},
        }

    @contextmanager
    def _started(self, name: str, command: Sequence[str], port: int) -> Iterator[Server]:
        log = self._directory / f"{name}.log"
        with log.open("wb") as output, _on(self._core):
            process = subprocess.Popen(
                command,
                cwd=self._directory,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        with process:
            try:
                _wait_until_it_listens(process, port, log)
                yield Server(process.pid, f"wss://{HOST}:{port}/signal")
                process.send_signal(signal.SIGTERM)
                process.wait(STOP_SECONDS)
            finally:
                process.kill()
        if process.returncode:
            raise RuntimeError(f"{name} ended with {process.returncode}:\n{log.read_text('utf-8')}")


def _unlimited() -> Tables:
    limits = Limits()
    return {
        "session": {"max_sessions": PLENTY, "wait_timeout": 7200.0, "signal_timeout": 3600.0},
        "limits": {
            each.name: type(getattr(limits, each.name))(PLENTY)
            for each in fields(Limits)
            if not each.name.endswith("_timeout")
        },
    }


def _wait_until_it_listens(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            socket.create_connection((HOST, port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"The server did not start:\n{log.read_text('utf-8')}")


@contextmanager
def _on(core: int) -> Iterator[None]:
    """Let what is started here run on one core only."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
