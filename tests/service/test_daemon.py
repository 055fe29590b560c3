"""The daemon under a service manager, as that one sees it."""

import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.support.appliance import COMMAND, Appliance, Tables
from tests.support.network import APPLIANCE, home

pytestmark = pytest.mark.slow

LAST_WORD = "STOPPING=1\nSTATUS=Stopping."


class Manager:
    """The service manager: what it was told so far, and whether it was true."""

    def __init__(self, directory: Path) -> None:
        self.told: list[str] = []
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.address = str(directory / "notify")
        self.socket.bind(self.address)
        self.socket.setblocking(False)

    async def listen(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            self.told.append((await loop.sock_recv(self.socket, 1000)).decode())

    async def until(self, heard: Callable[[list[str]], bool]) -> None:
        async with asyncio.timeout(20):
            while not heard(self.told):  # noqa: ASYNC110 - what is waited for has no event
                await asyncio.sleep(0.02)


@asynccontextmanager
async def managed(
    directory: Path,
    watchdog: float,
    command: Sequence[str] = COMMAND,
    overrides: Tables | None = None,
) -> AsyncIterator[tuple[Manager, Appliance]]:
    manager = Manager(directory)
    listening = asyncio.create_task(manager.listen())
    environment = {"NOTIFY_SOCKET": manager.address, "WATCHDOG_USEC": str(int(watchdog * 1e6))}
    try:
        async with Appliance.running(overrides, command, environment) as appliance:
            yield manager, appliance
        await manager.until(lambda told: LAST_WORD in told)
    finally:
        listening.cancel()
        manager.socket.close()


async def test_it_is_ready_when_it_can_be_called_and_says_so_until_it_stops(
    tmp_path: Path,
) -> None:
    async with managed(tmp_path, watchdog=1) as (manager, appliance):
        await manager.until(lambda told: "READY=1" in told)
        _, writer = await asyncio.open_connection(appliance.host, appliance.https_port)
        writer.close()
        assert appliance.screen.exists()
        await manager.until(lambda told: told.count("WATCHDOG=1") > 3)
    assert manager.told[0] == "STATUS=Ready for a call."
    assert manager.told[1] == "READY=1"
    assert manager.told[-1] == LAST_WORD


@pytest.mark.apt
async def test_it_is_ready_where_ipv6_is_switched_off(tmp_path: Path) -> None:
    """By sysctl, as on many a Raspberry Pi: "::" can still be bound to, and there is no ::1."""
    with home() as network:
        network.machine.switch_ipv6_off()
        command = [*network.machine.prefix, *COMMAND]
        overrides: Tables = {"server": {"public_host": APPLIANCE, "http_port": 0}}
        async with managed(tmp_path, 1, command, overrides) as (manager, _):
            await manager.until(lambda told: "READY=1" in told)
            await manager.until(lambda told: told.count("WATCHDOG=1") > 1)


async def test_a_daemon_that_stands_still_is_silent(tmp_path: Path) -> None:
    async with managed(tmp_path, watchdog=0.3) as (manager, appliance):
        await manager.until(lambda told: "WATCHDOG=1" in told)
        os.kill(appliance.pid, signal.SIGSTOP)
        await asyncio.sleep(0.3)
        silent = len(manager.told)
        await asyncio.sleep(0.6)
        assert len(manager.told) == silent
        os.kill(appliance.pid, signal.SIGCONT)
        await manager.until(lambda told: len(told) > silent)
