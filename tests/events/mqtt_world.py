"""What the tests of MQTT share: a client of a broker, and what it commands."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from homecall_appliance.events.mqtt.client import MqttClient, Pauses
from homecall_appliance.events.mqtt.connection import Access
from homecall_appliance.events.mqtt.topics import Button, Topics, machine_mark
from homecall_appliance.network.host_lookup import HostLookup

MARK = machine_mark("0123456789abcdef0123456789abcdef\n")
BASE = f"homecall/{MARK}"
DISCOVERY = f"homeassistant/device/homecall_{MARK}/config"
QUICK = Pauses(first=0.02, longest=0.05, settled=1000.0, packet=0.0)


@dataclass
class House:
    """Whoever answers, declines, hangs up and opens; there is always somebody to do it to."""

    done: list[str] = field(default_factory=list)

    def answer(self) -> int:
        return self._do("answer")

    def decline(self) -> int:
        return self._do("decline")

    def hang_up(self) -> int:
        return self._do("hang_up")

    def open_door(self) -> bool:
        return bool(self._do("open"))

    def _do(self, what: str) -> int:
        self.done.append(what)
        return 1

    async def until(self, *done: str) -> None:
        """Wait until these have been done, and nothing else."""
        while len(self.done) < len(done):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        assert self.done == [*done]


def topics(
    buttons: Sequence[Button] = (), discovery: str = "homeassistant", prefix: str = "homecall"
) -> Topics:
    return Topics(prefix, MARK, discovery, buttons)


@asynccontextmanager
async def client(
    port: int = 0,
    *,
    house: House | None = None,
    buttons: Sequence[Button] = (),
    discovery: str = "homeassistant",
    prefix: str = "homecall",
    access: Access | None = None,
    pauses: Pauses = QUICK,
    lookup: HostLookup | None = None,
) -> AsyncIterator[MqttClient]:
    """Run one. It must go on to the end."""
    made = MqttClient(
        access or Access("127.0.0.1", port, f"homecall_{MARK}"),
        topics(buttons, discovery, prefix),
        house or House(),
        pauses,
        lookup,
    )
    task = asyncio.create_task(made.run())
    try:
        yield made
        assert not task.done(), task
    finally:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
