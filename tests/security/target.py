"""The daemon under attack, and what the attack does to it, seen from outside."""

import asyncio
import http.client
import os
import socket
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import ClientError
from prometheus_client.parser import text_string_to_metric_families

from tests.security.network import udp_ports
from tests.support.appliance import Appliance, Tables
from tests.support.process import family, processor, resident

HERE = Path(__file__).parents[2]

LOOK = 0.05
"""Seconds between two looks at the daemon."""

NO_ANSWER = 10.0
"""Seconds after which the control socket counts as dead."""

STANDSTILL = 5.0
"""Seconds without an answer that no other load of the machine explains."""

SETTLE = 1.0
"""Seconds after an attack in which its last effects show."""

MIB = 1 << 20

KEPT = 0.8
"""Of the pictures a second before an attack there must be so many in it: the machine is shared."""

SMALL_PICTURE: Mapping[str, Any] = {
    "backend": "test-pattern",
    "width": 320,
    "height": 180,
    "framerate": 10,
}
"""The camera of a recipe: what it costs is not what is looked at."""


@dataclass
class Harm:
    """What an attack did."""

    alive: bool = True
    """Whether the daemon still runs and answers on its control socket."""

    lines: int = 0
    octets: int = 0
    """Of the journal."""

    tracebacks: int = 0
    growth: int = 0
    """Bytes of memory at most above the start, of the daemon and its processes."""

    stall: float = 0.0
    """Seconds of the longest answer on the control socket."""

    work: float = 0.0
    """Seconds of a processor that the daemon took at most while an answer was waited for: a
    machine that is busy with something else does not count."""

    sounding: list[float] = field(default_factory=list)
    """Seconds for which the sound device was open, each time."""

    def figures(self) -> dict[str, object]:
        """The figures for the table."""
        return {
            "daemon": "lives" if self.alive else "DEAD",
            "journal": f"{self.lines} lines, {self.octets / 1000:.1f} kB",
            "tracebacks": self.tracebacks,
            "RSS": f"+{self.growth / MIB:.0f} MiB",
            "stall": f"{self.stall:.2f} s, {self.work:.2f} s of a processor",
        }

    def faults(
        self, *, lines: int = 20, growth: int = 16 * MIB, work: float = 0.25
    ) -> Iterator[str]:
        """Yield what is more than an attack may do."""
        if not self.alive:
            yield "the daemon is dead"
        if self.lines >= lines:
            yield f"{self.lines} lines in the journal"
        if self.tracebacks:
            yield f"{self.tracebacks} tracebacks"
        if self.growth > growth:
            yield f"{self.growth / MIB:.0f} MiB of memory"
        if self.work > work or self.stall > STANDSTILL:
            yield f"the event loop stood still for {self.stall:.2f} s"


class Target:
    """A running daemon."""

    def __init__(self, appliance: Appliance) -> None:
        self.appliance = appliance
        self.host = "127.0.0.1"
        self.port = appliance.https_port
        self._control = appliance.directory / "control.sock"

    @property
    def alive(self) -> bool:
        """Whether its process has not ended."""
        return Path(f"/proc/{self.appliance.pid}/exe").exists()

    @property
    def udp_ports(self) -> list[int]:
        """Its UDP ports."""
        found = set[int]()
        for pid in family(self.appliance.pid):
            found.update(udp_ports(pid))
        return sorted(found)

    @property
    def state(self) -> Path:
        """The directory of its keys."""
        return self.appliance.directory / "tls"

    @property
    def memory(self) -> int:
        """Bytes of memory of it and its processes."""
        total = 0
        with suppress(OSError):
            for pid in family(self.appliance.pid):
                with suppress(OSError):
                    total += resident(pid)
        return total

    async def link(self) -> str:
        """Return the session id of the link of the moment."""
        answer = await self.appliance.ask("/link")
        return str(answer["sessionId"])

    async def status(self) -> dict[str, Any]:
        """Return what it tells of itself."""
        return await self.appliance.status()

    async def metrics(self) -> str:
        """Return its figures, as Prometheus reads them."""
        return await self.appliance.metrics()

    async def settle(self) -> None:
        """Wait until the memory is as it stays: an offer and processes are made ahead."""
        readings = [0]
        for _ in range(40):
            readings.append(self.memory)
            if len(readings) > 5 and max(readings[-5:]) - min(readings[-5:]) < MIB:
                return
            await asyncio.sleep(0.2)

    async def until_ports(self) -> list[int]:
        """Wait until an offer stands, and return the ports of it."""
        for _ in range(100):
            if ports := self.udp_ports:
                return ports
            await asyncio.sleep(0.1)
        raise AssertionError(f"No offer was made.\n{self.appliance.log()}")

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[Harm]:
        """Look at it while an attack goes on; the harm is complete when this is left."""
        harm, before = Harm(), self.appliance.log()
        done = threading.Event()
        looking = [
            threading.Thread(target=look, args=(harm, done), daemon=True)
            for look in (self._look_at_memory, self._look_at_answers)
        ]
        for each in looking:
            each.start()
        try:
            yield harm
            await asyncio.sleep(SETTLE)
        finally:
            done.set()
            for each in looking:
                await asyncio.to_thread(each.join)
            said = self.appliance.log()[len(before) :]
            harm.lines, harm.octets = said.count("\n"), len(said.encode())
            harm.tracebacks = said.count("Traceback (most recent call last)")
            harm.alive = await self._answers()

    def said_since(self, mark: int) -> str:
        """Return what it has written to its journal since then, in characters of it."""
        return self.appliance.log()[mark:]

    @property
    def mark(self) -> int:
        """How many characters it has written to its journal."""
        return len(self.appliance.log())

    async def _answers(self) -> bool:
        try:
            async with asyncio.timeout(NO_ANSWER):
                await self.appliance.ask("/link")
        except (ClientError, OSError, TimeoutError):
            return False
        return True

    def _look_at_memory(self, harm: Harm, done: threading.Event) -> None:
        """A thread of its own: a daemon that stands still must not hide what it takes."""
        first = self.memory
        while not done.wait(LOOK):
            harm.growth = max(harm.growth, self.memory - first)

    def _look_at_answers(self, harm: Harm, done: threading.Event) -> None:
        opened = None
        while not done.wait(LOOK) and self.alive:
            start, status = time.monotonic(), b""
            with suppress(OSError):  # it has died
                before = processor(self.appliance.pid)
                with suppress(OSError):
                    status = self._ask()
                waited = time.monotonic() - start
                work = processor(self.appliance.pid) - before
                harm.stall = max(harm.stall, waited)
                harm.work = max(harm.work, min(work, waited))
            if _sounds(status):
                opened = opened or start
            elif opened:
                harm.sounding.append(start - opened)
                opened = None

    def _ask(self) -> bytes:
        connection = _UnixConnection(str(self._control))
        try:
            connection.request("GET", "/status")
            return connection.getresponse().read()
        except http.client.HTTPException as error:
            raise OSError from error
        finally:
            connection.close()


def _sounds(status: bytes) -> bool:
    _, _, sound = status.partition(b'"audio"')
    return sound.startswith(b': {"state": "open"')


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("control", timeout=NO_ANSWER)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(NO_ANSWER)
        self.sock.connect(self._path)


@dataclass(frozen=True)
class Source:
    """The working tree whose daemon is attacked, and the Python that runs it."""

    tree: Path = HERE
    python: str = ""

    @property
    def interpreter(self) -> str:
        """Where none is named: that of its own environment, or this one."""
        own = self.tree / ".venv" / "bin" / "python"
        return self.python or (str(own) if own.exists() else sys.executable)

    @property
    def environment(self) -> Mapping[str, str]:
        """What makes it import the package of the tree."""
        return {"PYTHONPATH": str(self.tree)}

    @asynccontextmanager
    async def daemon(
        self, overrides: Tables | None = None, command: tuple[str, ...] = ()
    ) -> AsyncIterator[Target]:
        """Start a daemon with a small picture, and end it, whatever it has come to.

        `command` is run by the interpreter in place of the package.
        """
        tables: dict[str, Mapping[str, Any]] = {"camera": SMALL_PICTURE}
        for table, keys in (overrides or {}).items():
            tables[table] = {**tables.get(table, {}), **keys}
        started = (self.interpreter, *(command or ("-m", "homecall_appliance")))
        running = Appliance.running(tables, command=started, environment=self.environment)
        appliance = await running.__aenter__()
        try:
            target = Target(appliance)
            await target.settle()
            yield target
        finally:
            with suppress(AssertionError):  # it has died, or does not end: the recipe has seen why
                await running.__aexit__(None, None, None)

    async def knows(self, key: str) -> bool:
        """Whether a key is one of its configuration."""
        table, _, name = key.partition(".")
        process = await asyncio.create_subprocess_exec(
            self.interpreter,
            "-m",
            "homecall_appliance",
            "show-config",
            "--config",
            os.devnull,
            cwd=self.tree,
            env={**os.environ, **self.environment},
            stdout=asyncio.subprocess.PIPE,
        )
        output, _ = await process.communicate()
        _, _, section = output.decode().partition(f"[{table}]")
        return any(
            line.startswith(f"{name} =") for line in section.partition("\n[")[0].splitlines()
        )


def loop_lag(before: str, after: str, share: float = 0.99) -> str:
    """Return the bound in seconds under which so much of the event loop's lag was between two
    readings of the figures, as its histogram has it: "<= 0.01"."""
    first, last = _buckets(before), _buckets(after)
    counts = {bound: count - first.get(bound, 0.0) for bound, count in last.items()}
    total = counts.get("+Inf", 0.0)
    for bound, count in counts.items():
        if total and count >= share * total:
            return f"<= {bound} s ({total:.0f} looks)"
    return "unknown"


def _buckets(text: str) -> dict[str, float]:
    return {
        sample.labels["le"]: sample.value
        for each in text_string_to_metric_families(text)
        for sample in each.samples
        if sample.name == "homecall_event_loop_lag_seconds_bucket"
    }
