"""What the daemon tells of itself on its control socket, again and again."""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from aiohttp import ClientError, ClientSession, ClientTimeout, UnixConnector
from prometheus_client.parser import text_string_to_metric_families

POLL_SECONDS = 0.5
PATIENCE = ClientTimeout(total=30)
"""With a daemon that is busy."""


@dataclass(frozen=True)
class Reading:
    """What the daemon holds at a moment."""

    waiting: int
    active: int
    """Sessions."""

    tasks: int
    descriptors: int
    rss: int
    """Bytes of memory."""


class Monitor:
    """Reads the control socket of a daemon."""

    def __init__(self, control_socket: Path) -> None:
        self._socket = control_socket

    async def read(self) -> Reading:
        """Ask for what the daemon holds; raises ClientError where it does not answer."""
        async with self._session() as http, http.get("http://control/status") as response:
            status: dict[str, Any] = await response.json()
        process = status["process"]
        return Reading(
            **status["sessions"],
            tasks=process["tasks"],
            descriptors=process["fileDescriptors"],
            rss=process["rssBytes"],
        )

    async def refusals(self) -> Counter[str]:
        """Ask how often the daemon has refused something, by reason."""
        async with self._session() as http, http.get("http://control/metrics") as response:
            text = await response.text()
        return Counter(
            {
                sample.labels["reason"]: int(sample.value)
                for family in text_string_to_metric_families(text)
                for sample in family.samples
                if sample.name == "homecall_rejected_total"
            }
        )

    async def until(self, reached: Callable[[Reading], bool], within: float) -> Reading:
        """Read until it is as wanted, and return that reading, or the last one in time."""
        deadline = asyncio.get_running_loop().time() + within
        while True:
            late = asyncio.get_running_loop().time() > deadline
            try:
                reading = await self.read()
            except (ClientError, OSError):
                if late:
                    raise
            else:
                if late or reached(reading):
                    return reading
            await asyncio.sleep(POLL_SECONDS)

    async def watch(self, interval: float, note: Callable[[Reading | None], None]) -> NoReturn:
        """Pass on a reading each `interval` seconds, or None for no answer, until cancelled."""
        while True:
            try:
                note(await self.read())
            except (ClientError, OSError):
                note(None)
            await asyncio.sleep(interval)

    def _session(self) -> ClientSession:
        return ClientSession(
            connector=UnixConnector(str(self._socket)), timeout=PATIENCE, raise_for_status=True
        )
