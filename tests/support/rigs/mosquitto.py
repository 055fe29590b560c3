"""A real broker of MQTT, Debian's Mosquitto, on a port of the loopback, and its own clients."""

import asyncio
import socket
import subprocess
from asyncio.subprocess import PIPE
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, Self

from tests.support.address import free_port
from tests.support.rigs.programs import program

ADDRESS = "127.0.0.1"
USER, PASSWORD = "owner", "owner's"
READY = "ready"
"""What the broker has kept from the start."""

_CONFIGURATION = """
listener {port} {address}
allow_anonymous true
persistence false
user root
{more}
"""


class Heard(NamedTuple):
    """A message as a subscriber gets it."""

    kept: bool
    """Whether it is one that the broker has kept."""

    topic: str
    payload: str


@dataclass
class Broker:
    """One that can be started, ended, and started again."""

    folder: Path
    more: str = ""
    """Further lines of mosquitto.conf(5)."""

    port: int = field(default_factory=free_port)
    tls_port: int = 0
    """Where `more` has it listen besides, if it does."""

    _process: "subprocess.Popen[bytes] | None" = None

    async def start(self) -> Self:
        """Return when it listens."""
        settings = self.folder / "mosquitto.conf"
        settings.write_text(_CONFIGURATION.format(port=self.port, address=ADDRESS, more=self.more))
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: ASYNC220 - it is started in no time
                [*program("mosquitto"), "-c", settings], stdout=log, stderr=log
            )
        while not self._listens():
            assert self._process.poll() is None, self.log.read_text()
            await asyncio.sleep(0.02)
        await self.publish(READY, "to hear", kept=True)
        return self

    def stop(self) -> None:
        """End it."""
        if self._process:
            self._process.kill()
            self._process.wait()

    @property
    def log(self) -> Path:
        """What it has written."""
        return self.folder / "mosquitto.log"

    async def publish(
        self, topic: str, payload: str, *, kept: bool = False, user: str = USER
    ) -> None:
        """Publish a message, as Mosquitto's own client does. All users have the same password."""
        (self.folder / "payload").write_text(payload)
        arguments = [*self._client("mosquitto_pub", user), "-q", "1", "-t", topic]
        arguments += ["-f", str(self.folder / "payload"), *(["-r"] if kept else [])]
        process = await asyncio.create_subprocess_exec(*arguments)
        assert await process.wait() == 0

    @asynccontextmanager
    async def hearing(self, *topics: str) -> AsyncIterator["Subscriber"]:
        """Subscribe, as Mosquitto's own client does, to topics among which READY is not."""
        filters = [word for each in (*topics, READY) for word in ("-t", each)]
        process = await asyncio.create_subprocess_exec(
            *self._client("mosquitto_sub"), "-F", "%r %t %p", *filters, stdout=PIPE
        )
        try:
            subscriber = Subscriber(process)
            await subscriber.subscribed()
            yield subscriber
        finally:
            process.kill()
            await process.wait()

    def _client(self, name: str, user: str = USER) -> list[str]:
        return [*program(name), "-h", ADDRESS, "-p", str(self.port), "-u", user, "-P", PASSWORD]

    def _listens(self) -> bool:
        try:
            socket.create_connection((ADDRESS, self.port), 5).close()
        except OSError:
            return False
        return True


class Subscriber:
    """Hears the messages of its topics, first those that the broker has kept."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.kept: list[Heard] = []
        """What the broker had kept."""
        self._process = process
        self._heard: deque[Heard] = deque()

    async def subscribed(self) -> None:
        """Wait until it is: what was kept comes in the order of the topics."""
        while (heard := await self._read()).topic != READY:
            self.kept.append(heard)
        self._heard.extend(self.kept)

    async def next(self) -> Heard:
        """Wait for the next message."""
        return self._heard.popleft() if self._heard else await self._read()

    async def until(self, topic: str, payload: str) -> list[Heard]:
        """Wait for this message; return what came before, and it."""
        found = []
        while True:
            found.append(await self.next())
            if found[-1][1:] == (topic, payload):
                return found

    async def _read(self) -> Heard:
        assert self._process.stdout
        line = (await self._process.stdout.readline()).decode().rstrip("\n")
        assert line, "the broker is gone"
        kept, topic, payload = line.split(" ", 2)
        return Heard(kept == "1", topic, payload)
