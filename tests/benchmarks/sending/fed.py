"""A sender that offers, is fed with RTP, and has a page of ours."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Protocol

from tests.benchmarks.sending.feed import Ports, feeding
from tests.benchmarks.sending.front import Front, Peer
from tests.benchmarks.sending.sender import Place


class Process(Peer, Protocol):
    """A peer in a process."""

    @property
    def pid(self) -> int:
        """The process."""


class Served:
    """A `benchmarks.sending.sender.Sender` behind a front."""

    def __init__(self, peer: Process, front: Front, behind: Mapping[str, int]) -> None:
        self.pid = peer.pid
        self._peer = peer
        self._front = front
        self._behind = behind

    def behind(self) -> Mapping[str, int]:
        """See `Sender.behind`."""
        return self._behind

    async def link(self) -> str:
        """See `Sender.link`."""
        return self._front.link()

    async def end(self) -> None:
        """See `Sender.end`."""
        await self._peer.end()


@asynccontextmanager
async def fed(place: Place, ports: Ports, peer: Process) -> AsyncIterator[Served]:
    """Feed and serve a peer that listens on the ports."""
    async with feeding(place, ports) as feeder, Front.serving(place, peer) as front:
        yield Served(peer, front, {"feeder": feeder})
