"""Networks: what happens between a phone and the appliance. Needs root, iproute2 and nftables."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random

from tests.e2e.house import House, house
from tests.endurance.corner import Event, Events, Happened
from tests.support.appliance import Appliance
from tests.support.browsers.phone import Phone
from tests.support.network import Host, Machine

HEALED_SECONDS = 15.0
"""A call outlives this long without a network in any case: the grace is 30 s, and from when on it
counts, and how long the phone takes to be back, are up to 15 s."""


@dataclass
class Network:
    """A call in a network of namespaces."""

    house: House
    phone: Phone
    host: Host
    flows = ("picture", "sound", "phone's sound")
    last_address: int = 100
    """Of 10.77.1.0/24: what the phone had last, or none that it has of itself."""

    @property
    def appliance(self) -> Appliance:
        """The daemon."""
        return self.house.appliance

    async def also_flowing(self) -> set[str]:
        """Nothing else."""
        return set()

    @property
    def events(self) -> Events:
        """What may happen."""
        return {
            "the link is down": Event(lambda random: self._lose_network(random, self.host.pull)),
            "no packet passes": Event(lambda random: self._lose_network(random, self.host.hush)),
            "another address": Event(self._move),
            "datagrams are lost": Event(self._lose_datagrams),
            "a bottleneck": Event(self._narrow),
            "the socket is reset": Event(self._reset),
            "no UDP to the daemon": Event(self._block),
            "the daemon is killed": Event(self._kill),
        }

    async def _lose_network(self, random: Random, lose: Callable[[], None]) -> Happened:
        seconds = random.choice([1, 2, 3, 5, 8, 12, 20, 30, 40])
        lose()
        try:
            await asyncio.sleep(seconds)
        finally:
            self.host.plug()
        return Happened(f"{seconds} s", may_end=seconds > HEALED_SECONDS)

    async def _move(self, random: Random) -> Happened:
        self.last_address += 1
        self.host.move(self.last_address)
        return Happened()

    async def _lose_datagrams(self, random: Random) -> Happened:
        percent, seconds = random.randint(5, 30), random.randint(5, 15)
        rule = f"meta l4proto udp numgen random mod 100 < {percent} drop"
        await self._filter(self.host, rule, seconds)
        return Happened(f"{percent} % for {seconds} s")

    async def _narrow(self, random: Random) -> Happened:
        kilobits, seconds = random.choice([150, 250, 400, 700]), random.randint(5, 15)
        self.host.narrow(kilobits)
        try:
            await asyncio.sleep(seconds)
        finally:
            self.host.widen()
        return Happened(f"{kilobits} kbit/s for {seconds} s")

    async def _reset(self, random: Random) -> Happened:
        seconds = random.randint(2, 8)
        port = self.appliance.https_port
        await self._filter(
            self.house.network.machine, f"tcp dport {port} reject with tcp reset", seconds
        )
        return Happened(f"{seconds} s")

    async def _block(self, random: Random) -> Happened:
        seconds = random.choice([2, 5, 10, 15])
        await self._filter(self.house.network.machine, "meta l4proto udp drop", seconds)
        return Happened(f"{seconds} s")

    async def _kill(self, random: Random) -> Happened:
        await self.appliance.kill()
        await self.appliance.start()
        return Happened(may_end=True)

    async def _filter(self, machine: Machine, rule: str, seconds: float) -> None:
        with machine.filtering(rule):
            await asyncio.sleep(seconds)


@asynccontextmanager
async def network_corner() -> AsyncIterator[Network]:
    """A phone in a network of its own."""
    async with house(640, 360, 15) as made, made.phone() as (phone, host):
        yield Network(made, phone, host)
