"""The daemon under test: a process of its own, on free ports, in a directory of its own."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import tomli_w
from aiohttp import ClientError, ClientSession, UnixConnector
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tests.support.address import free_ports, local_address

COMMAND = (sys.executable, "-m", "homecall_appliance")

START_SECONDS = 30.0
STOP_SECONDS = 15.0

Tables = Mapping[str, Mapping[str, Any]]
"""A configuration as TOML carries it: tables of keys."""


@dataclass(frozen=True)
class Usage:
    """What a process holds, as /proc tells it."""

    descriptors: int
    threads: int
    rss: int
    """Bytes of memory."""


class Appliance:
    """A running daemon."""

    def __init__(
        self,
        directory: Path,
        tables: Tables,
        command: Sequence[str] = COMMAND,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.directory = directory
        """Everything that the daemon and this object write."""

        self.host: str = tables["server"]["public_host"]
        self.https_port: int = tables["server"]["https_port"]
        self.http_port: int = tables["server"]["http_port"]

        self.ca = directory / "ca.pem"
        """The authority that the daemon hands out, in PEM; no file where it hands out none."""

        self.screen = directory / "screen.png"
        """What the screen shows, unless `display` is overridden."""

        self._command = [*command, "run", "--config", str(directory / "homecall.toml")]
        self._environment = environment or {}
        self._socket = Path(tables["server"]["control_socket"])
        self._process: asyncio.subprocess.Process

    @classmethod
    @asynccontextmanager
    async def running(
        cls,
        overrides: Tables | None = None,
        command: Sequence[str] = COMMAND,
        environment: Mapping[str, str] | None = None,
        directory: Path | None = None,
    ) -> AsyncIterator["Appliance"]:
        """Start `command` with `run --config FILE`, wait until it has a link, and stop it.

        `overrides` are laid over the configuration of `configuration()`, key by key. A command
        that runs in another root (chroot) must see `directory` there under the same path.
        Raises AssertionError with the log where it does not start, or does not end with 0.
        """
        with TemporaryDirectory(prefix="homecall-", dir=directory) as own:
            tables = configuration(Path(own), overrides or {})
            appliance = cls(Path(own), tables, command, environment)
            (Path(own) / "homecall.toml").write_text(tomli_w.dumps(tables), "utf-8")
            try:
                await appliance.start()
                yield appliance
                await appliance.stop()
            finally:
                await appliance.kill()

    @property
    def pid(self) -> int:
        """The process."""
        return self._process.pid

    async def link(self) -> str:
        """The link of the moment."""
        url: str = (await self.ask("/link"))["url"]
        return url

    async def status(self) -> dict[str, Any]:
        """What `homecall-appliance status --json` shows."""
        return await self.ask("/status")

    async def ask(self, path: str, method: str = "GET") -> dict[str, Any]:
        """The JSON answer of the control socket; raises ClientError where it is not a 2xx."""
        async with (
            ClientSession(connector=UnixConnector(str(self._socket))) as http,
            http.request(method, f"http://control{path}", raise_for_status=True) as response,
        ):
            answer: dict[str, Any] = await response.json() if response.content_length else {}
            return answer

    async def metrics(self) -> str:
        """The text that Prometheus reads."""
        async with (
            ClientSession(connector=UnixConnector(str(self._socket))) as http,
            http.get("http://control/metrics", raise_for_status=True) as response,
        ):
            return await response.text()

    def log(self) -> str:
        """What the daemon has written to stderr."""
        return (self.directory / "stderr").read_text("utf-8")

    def output(self) -> str:
        """What the daemon has written to stdout, such as the terminal display."""
        return (self.directory / "stdout").read_text("utf-8")

    def usage(self) -> Usage:
        """File descriptors, threads and memory of the daemon at this moment."""
        process = Path("/proc") / str(self.pid)
        pages = int((process / "statm").read_text().split()[1])
        return Usage(
            descriptors=len(list((process / "fd").iterdir())),
            threads=len(list((process / "task").iterdir())),
            rss=pages * os.sysconf("SC_PAGE_SIZE"),
        )

    async def stop(self) -> None:
        """Send SIGTERM, and assert that the daemon ends with 0. Once it has ended: nothing more."""
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(STOP_SECONDS):
                code = await self._process.wait()
        except TimeoutError as error:
            raise AssertionError(f"The daemon does not end on SIGTERM.\n{self.log()}") from error
        assert code == 0, f"The daemon ended with {code}:\n{self.log()}"

    async def start(self) -> None:
        """Start the daemon, anew after `kill()`, and wait until it has a link."""
        await self._spawn()
        await self._ready()

    async def kill(self) -> None:
        """Send SIGKILL to all of its processes. Once it has ended: nothing more."""
        if self._process.returncode is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            await self._process.wait()

    async def _spawn(self) -> None:
        inherited = {key: value for key, value in os.environ.items() if "HOMECALL_" not in key}
        with (
            (self.directory / "stdout").open("wb") as stdout,
            (self.directory / "stderr").open("wb") as stderr,
        ):
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                cwd=self.directory,
                env={**inherited, "PYTHONUNBUFFERED": "1", **self._environment},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                start_new_session=True,
            )

    async def _ready(self) -> None:
        try:
            async with asyncio.timeout(START_SECONDS):
                while not await self._published():
                    assert self._process.returncode is None, "The daemon has ended."
                    await asyncio.sleep(0.1)
        except (AssertionError, TimeoutError) as error:
            raise AssertionError(f"The daemon did not start.\n{self.log()}") from error
        if self.http_port:
            await self._fetch_ca()

    async def _published(self) -> bool:
        try:
            await self.link()
        except (ClientError, OSError):
            return False
        return True

    async def _fetch_ca(self) -> None:
        async with (
            ClientSession() as http,
            http.get(f"http://{self.host}:{self.http_port}/ca.crt") as response,
        ):
            data = await response.read()
        if response.ok:
            pem = data.startswith(b"-----BEGIN")
            read = x509.load_pem_x509_certificate if pem else x509.load_der_x509_certificate
            self.ca.write_bytes(read(data).public_bytes(Encoding.PEM))


def configuration(directory: Path, overrides: Tables) -> Tables:
    """The test pattern, the test tone and a PNG for a screen, on free ports; then `overrides`."""
    https_port, http_port = free_ports(2)
    tables: dict[str, dict[str, Any]] = {
        "server": {
            "https_port": https_port,
            "http_port": http_port,
            "public_host": local_address(),
            "control_socket": str(directory / "control.sock"),
        },
        "tls": {"state_directory": str(directory / "tls")},
        "camera": {"backend": "test-pattern"},
        "audio": {"backend": "tone"},
        "display": {"backend": "image", "device": str(directory / "screen.png")},
    }
    for table, keys in overrides.items():
        tables[table] = {**tables.get(table, {}), **keys}
    return tables
