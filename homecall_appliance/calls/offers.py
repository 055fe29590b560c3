"""The offers of one call, the first of which may be made before the phone is there."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

from homecall_appliance.faults.containment import OnFailure, described
from homecall_appliance.media.webrtc.candidates import CandidateFilter
from homecall_appliance.media.webrtc.peer import Peer

log = logging.getLogger(__name__)

NewPeer: TypeAlias = Callable[[Callable[[str], None], OnFailure], Peer]
"""Makes a peer; its arguments are told each `connectionState` of it, and what its parts raise."""

Addresses: TypeAlias = Callable[[], Iterable[object]]
"""Returns the addresses of this machine, and whatever else an offer depends on; raises OSError."""


@dataclass(frozen=True)
class Offered:
    """A peer with its offer."""

    generation: int
    """Which peer of its call it is, from 1."""

    peer: Peer

    sdp: str

    leaving: contextlib.AsyncExitStack
    """Closes the peer."""


class Offers:
    """Makes a call's peers and their offers."""

    def __init__(
        self,
        new_peer: NewPeer,
        on_state: Callable[[int, str], None],
        on_failure: OnFailure,
        addresses: Addresses | None,
    ) -> None:
        """`on_state` is told the generation of a peer and each `connectionState` of it, and
        `on_failure` what the parts of one raise. An offer that is made ahead is good as long as
        `addresses` returns the same; None: never."""
        self._new_peer = new_peer
        self._on_state = on_state
        self._on_failure = on_failure
        self._addresses = addresses
        self._ahead: _Ahead | None = None
        self._closing: set[asyncio.Task[None]] = set()
        self._generation = 0
        self.candidates = CandidateFilter()
        """Decides which candidates of the phone are tried, by all of the peers together."""

    async def prepare(self) -> None:
        """Have the first offer made in the background, anew if the addresses have changed."""
        if self._addresses is None or (self._ahead and self._ahead.good):
            return
        outdated, self._ahead = self._ahead, _Ahead(self._make, self._addresses)
        self._close(outdated)
        await self._closed()

    async def next(self) -> Offered:
        """Return the offer that was made ahead, at once if it is ready, or else a new one.

        One that is outdated is left to `discard`: closing it holds nobody up. Raises whatever a
        peer does.
        """
        if self._ahead and self._ahead.good:
            ahead, self._ahead = self._ahead, None
            try:
                offered = await ahead.take()
            except asyncio.CancelledError:
                self._close(ahead)
                raise
            if offered:
                return offered
        return await self._make()

    async def discard(self) -> None:
        """Close the peer of the offer that was made ahead, unless that has been taken.

        Cancelled, it no longer waits for that; whoever discards again does.
        """
        ahead, self._ahead = self._ahead, None
        self._close(ahead)
        await self._closed()

    def _close(self, ahead: "_Ahead | None") -> None:
        if ahead:
            closing = asyncio.create_task(ahead.close(), name="closing an offer")
            self._closing.add(closing)
            closing.add_done_callback(self._closing.discard)

    async def _closed(self) -> None:
        if self._closing:
            await asyncio.wait([*self._closing])

    async def _make(self) -> Offered:
        self._generation += 1
        generation = self._generation
        async with contextlib.AsyncExitStack() as stack:
            peer = self._new_peer(partial(self._on_state, generation), self._on_failure)
            self.candidates.begin_peer()
            peer.candidates = self.candidates
            await stack.enter_async_context(peer)
            return Offered(generation, peer, await peer.offer(), stack.pop_all())


class _Ahead:
    """An offer that is made in the background."""

    def __init__(
        self, make: Callable[[], Coroutine[Any, Any, Offered]], addresses: Addresses
    ) -> None:
        self._addresses = addresses
        self._named: frozenset[object] | None = None
        self._making = asyncio.create_task(self._make(make), name="offer")

    @property
    def good(self) -> bool:
        """Whether it would be the same now."""
        try:
            return self._named in (None, frozenset(self._addresses()))
        except OSError:  # too many files are open
            return False

    async def take(self) -> Offered | None:
        """Return it, at once if it is ready; None if it could not be made."""
        if not self._making.done():
            await asyncio.gather(self._making, return_exceptions=True)
        error = self._making.exception()
        if error is None:
            return self._making.result()
        log.warning("An offer could not be made ahead of a call: %s.", described(error))
        return None

    async def close(self) -> None:
        self._making.cancel()
        await asyncio.wait([self._making])
        if not self._making.cancelled() and (offered := await self.take()):
            await offered.leaving.aclose()

    async def _make(self, make: Callable[[], Coroutine[Any, Any, Offered]]) -> Offered:
        self._named = frozenset(self._addresses())
        return await make()
