"""The daemon on the computer, run from the source."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import tomli_w

from tests.support.appliance import Tables
from tests.support.rigs.qemu.computer import Computer

STOP_SECONDS = 30.0

SOCKET = "/run/control.sock"
CONFIGURATION = "/run/homecall.toml"
LOG = "/run/log"

PID = "/run/pid"
EXIT_CODE = "/run/code"

START = f"""
rm -f {EXIT_CODE}
python3 -m homecall_appliance run --config {CONFIGURATION} >{LOG} 2>&1 & echo $! >{PID}
wait $!; echo $? >{EXIT_CODE}
"""

WEBCAM: Tables = {
    "server": {"https_port": 443, "http_port": 0, "control_socket": SOCKET},
    "tls": {"state_directory": "/run/tls"},
    "camera": {"backend": "v4l2", "width": 320, "height": 180, "framerate": 10},
    "audio": {"backend": "tone"},
}
"""The first webcam, its picture so small that an emulated processor keeps pace."""


NO_DISPLAY = {"backend": "none"}


class Appliance:
    """A running daemon."""

    socket = SOCKET
    authority = "/run/tls/ca.crt"
    start_seconds = 120.0

    def __init__(self, computer: Computer, directory: Path) -> None:
        self.computer = computer
        self.ca = directory / "ca.pem"
        """The authority that it hands out, in PEM."""

    @classmethod
    @asynccontextmanager
    async def running(
        cls, computer: Computer, display: Mapping[str, Any] = NO_DISPLAY, **others: Any
    ) -> AsyncIterator["Appliance"]:
        """Start it with this section `display`, and other sections by their names, wait until it
        has a link, and stop it.

        Raises AssertionError with the log where it does not start, or does not end with 0.
        """
        with TemporaryDirectory(prefix="homecall-") as directory:
            appliance = cls(computer, Path(directory))
            server = {**WEBCAM["server"], "public_host": computer.address}
            tables = {**WEBCAM, "server": server, "display": display, **others}
            computer.put(CONFIGURATION, tomli_w.dumps(tables))
            computer.start(START)
            await appliance.has_a_link()
            try:
                yield appliance
            finally:
                computer.run("sh", "-c", f"kill $(cat {PID})")
                await appliance._becomes(f"grep -x 0 {EXIT_CODE}", STOP_SECONDS)

    async def has_a_link(self) -> None:
        """Wait until it has one, and knows its authority; raises AssertionError with the log."""
        start = time.monotonic()
        await self._becomes(f"test -S {self.socket} && {self._asking('/link')}", self.start_seconds)
        print(f"the daemon has a link after {time.monotonic() - start:.1f} s")
        self.ca.write_text(self.computer.run("cat", self.authority))

    async def link(self) -> str:
        """The link of the moment."""
        url: str = (await self._ask("/link"))["url"]
        return url

    async def status(self) -> dict[str, Any]:
        """What `homecall-appliance status --json` shows."""
        return await self._ask("/status")

    def log(self) -> str:
        """What the daemon has written."""
        return self.computer.run("cat", LOG)

    async def _ask(self, path: str) -> dict[str, Any]:
        answer = await asyncio.to_thread(self.computer.run, "sh", "-c", self._asking(path))
        value: dict[str, Any] = json.loads(answer)
        return value

    def _asking(self, path: str) -> str:
        """The command that prints what it answers: Python's start takes too long."""
        return f"curl --silent --fail --unix-socket {self.socket} http://control{path}"

    async def _becomes(self, condition: str, within: float) -> None:
        def reached() -> bool:
            return self.computer.attempt("sh", "-c", condition).code == 0

        await self._reaches(reached, within, condition)

    async def _reaches(self, reached: Callable[[], object], within: float, what: str) -> None:
        """Wait until it is so; raises AssertionError with the log."""
        try:
            await asyncio.to_thread(self.computer.wait_for, reached, within, what)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.log()}") from error
