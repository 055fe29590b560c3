"""protocol.md, section 4: a call outlives a loss of the network, or ends as it says there."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import pytest_asyncio

from e2e.appliance import Appliance, Tables
from e2e.chromium import launch_chromium
from e2e.devices import Devices
from e2e.network import APPLIANCE, Home, Host, home
from e2e.phone import Phone
from e2e.scenario import AT_END, Status, heard_and_seen, idle, until

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(180),
]

GRACE = 30.0
"""Seconds: the default of session.reconnect_grace."""


@dataclass
class House:
    """An appliance in a network that can be pulled."""

    network: Home
    appliance: Appliance

    @property
    def authority(self) -> Path:
        return self.appliance.directory / "tls" / "ca.crt"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house() -> AsyncIterator[House]:
    with home() as network:
        command = (*network.machine.prefix, sys.executable, "-m", "homecall_appliance")
        overrides: Tables = {
            "server": {"public_host": APPLIANCE, "http_port": 0},
            "camera": {"width": 640, "height": 360, "framerate": 15},
        }
        async with Appliance.running(overrides, command=command) as appliance:
            yield House(network, appliance)


class Story:
    """What happened when, in seconds since the loss."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._start = time.monotonic()

    @property
    def now(self) -> float:
        return time.monotonic() - self._start

    def tell(self, event: str) -> None:
        print(f"{self._name}: {event} after {self.now:.1f} s")


def frames(status: Status) -> int:
    return sum(call.get("received", {}).get("videoFrames", 0) for call in status["calls"])


@asynccontextmanager
async def phone_at(house: House, address: str) -> AsyncIterator[tuple[Phone, Host]]:
    """A phone on a machine of its own, and that machine."""
    with (
        house.network.host(address) as host,
        TemporaryDirectory(prefix="homecall-browser-", ignore_cleanup_errors=True) as files,
    ):
        async with launch_chromium(Path(files), house.authority, Devices(), host.prefix) as browser:
            yield await browser.phone(), host


async def in_call(house: House, phone: Phone) -> str:
    """Scan the code, and be in a call; returns the session id."""
    link = await house.appliance.link()
    await phone.open(link)
    await phone.wait_for("probes.clock()", within=30)
    await until(house.appliance, heard_and_seen)
    return link.rpartition("=")[2]


async def media_flow(house: House, phone: Phone, session_id: str, within: float) -> None:
    """Wait until both see the other again, in the same session."""
    before = frames(await house.appliance.status())
    fresh = "((now) => now && now.age < 2000 && now)(probes.clock())"
    await phone.wait_for(fresh, within=within)
    status = await until(
        house.appliance,
        lambda status: 0 < frames(status) != before and frames(status) > 5,
        within=within,
    )
    assert [call["sessionId"] for call in status["calls"]] == [session_id]


@pytest.mark.parametrize("seconds", [5, 20])
async def test_a_call_outlives_a_pulled_network(house: House, seconds: int) -> None:
    async with phone_at(house, f"10.77.1.{10 + seconds}") as (phone, host):
        session_id = await in_call(house, phone)
        host.pull()
        story = Story(f"pulled for {seconds} s")
        await asyncio.sleep(seconds)
        host.plug()
        story.tell("plugged in")
        await media_flow(house, phone, session_id, within=40)
        story.tell("both see each other again")
        await phone.click("#hangup")
        await phone.wait_for(AT_END)
        assert phone.errors == []
    await until(house.appliance, idle)


async def test_a_killed_phone_ends_the_call_after_the_grace(house: House) -> None:
    async with phone_at(house, "10.77.1.50") as (phone, host):
        await in_call(house, phone)
        host.kill()
        story = Story("killed")
        await until(house.appliance, idle, within=2 * GRACE + 10)
        story.tell("the call has ended and the devices are closed")
        assert story.now > GRACE - 1
