"""What keeps media going where this machine gets another address in a call.

libwebrtc calls it continual gathering (`GATHER_CONTINUALLY`): a socket is opened at an address that
was not there when the offer was made, and checks leave from it. The phone does not know it, and
takes it as a peer-reflexive candidate (RFC 8445, section 7.3.1.3): no signaling is needed, whose
connection is mostly gone with the old address.
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Coroutine, Sequence

from aioice.ice import CandidatePair

from homecall_appliance.media.webrtc.addresses import own_addresses
from homecall_appliance.media.webrtc.host_candidates import offered
from homecall_appliance.media.webrtc.ice_connection import IceConnection
from homecall_appliance.media.webrtc.ice_options import IceOptions

log = logging.getLogger(__name__)

PACE = 0.02
"""Seconds between the first requests of two checks: aioice's Ta (RFC 8445, section 14.2)."""

_HIGHEST_TYPE_PREFERENCE = 127
"""Above that of a host candidate (RFC 8445, section 5.1.2.2): Firefox changes to no pair of a lower
priority than that which it has, and Chromium only late."""


class ContinualGathering:
    """Looks after the path of one peer; stopped with it, before its connection is closed."""

    def __init__(
        self,
        connection: IceConnection,
        options: IceOptions,
        start: Callable[[Coroutine[None, None, None]], "asyncio.Task[None]"],
    ) -> None:
        """`start` runs what may be cancelled at any time."""
        self._connection = connection
        self._options = options
        self._start = start
        self._tried: frozenset[str] = frozenset()
        self._opening: asyncio.Task[None] | None = None
        self._moving: asyncio.Task[None] | None = None
        self._moves = 0

    def look(self) -> None:
        """Look for another pair where the address that media leave from is gone.

        To be called whenever the addresses of this machine may have changed; nothing happens before
        media flow. Never waits.
        """
        pair = self._connection.nominated
        if pair is None:
            return
        try:
            gone = _base_address(pair) not in {str(each.ip) for each in own_addresses()}
            addresses = self._offered() if gone else frozenset()
        except OSError:  # too many files are open: the next look finds them
            return
        if self._moving and gone and addresses <= self._tried:
            return
        self._cancel()
        if addresses:
            self._tried = addresses
            self._moving = self._start(self._move(addresses))
            self._moving.add_done_callback(self._moved)

    def _offered(self) -> frozenset[str]:
        return frozenset(offered(self._connection.addresses(), self._options))

    async def stop(self) -> None:
        """Look for no other pair any more."""
        self._cancel()
        if self._opening:
            await asyncio.wait([self._opening])

    def _cancel(self) -> None:
        if self._moving:
            self._moving.cancel()
            self._moving = None

    def _moved(self, task: "asyncio.Task[None]") -> None:
        if self._moving is task:
            self._moving = None

    async def _move(self, addresses: Collection[str]) -> None:
        """Let media go by the first pair from one of these addresses on which the phone answers."""
        connection = self._connection
        if self._opening:
            await asyncio.wait([self._opening])
        # Never cancelled: a socket that is being opened would be lost.
        self._opening = asyncio.create_task(self._open(addresses))
        await asyncio.shield(self._opening)
        # One that has come just now may take no socket yet (RFC 4862, section 5.4).
        bound = {each.local_candidate.host for each in connection.hosts}
        self._tried = frozenset(bound.intersection(addresses))
        pairs = [
            pair for pair in connection.pairs_of_hosts() if pair.local_candidate.host in addresses
        ]
        log.info("The address that a call used is gone: %d other paths are tried.", len(pairs))
        found = await self._first_that_works(pairs)
        if found is None:
            return
        connection.nominate(found)
        log.info("The call goes on by another address of this machine.")

    async def _open(self, addresses: Collection[str]) -> None:
        """Open a socket at each address that has none.

        Those of addresses that are gone stay, for such an address may come back, and some versions
        of aioice take the end of any of them for that of the connection.
        """
        known = {each.local_candidate.host for each in self._connection.hosts}
        new = [each for each in addresses if each not in known]
        await self._connection.open_sockets(new)

    async def _first_that_works(self, pairs: Sequence[CandidatePair]) -> CandidatePair | None:
        self._moves += 1
        priority = _HIGHEST_TYPE_PREFERENCE << 24 | self._moves << 8 | 255
        checks = [
            asyncio.create_task(self._check(pair, number * PACE, priority))
            for number, pair in enumerate(pairs)
        ]
        try:
            for finished in asyncio.as_completed(checks):
                if pair := await finished:
                    return pair
            return None
        finally:
            for each in checks:
                each.cancel()

    async def _check(
        self, pair: CandidatePair, delay: float, priority: int
    ) -> CandidatePair | None:
        await asyncio.sleep(delay)
        return pair if await self._connection.answers(pair, priority) else None


def _base_address(pair: CandidatePair) -> str:
    """Return the address of this machine from which a pair's datagrams leave, "" for that of a TLS
    or TCP connection which is closed."""
    address: str = pair.protocol.transport.get_extra_info("sockname", ("",))[0]
    return address
