"""The candidates of a phone, from what it has sent to what is checked."""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import aioice

from homecall_appliance.media.webrtc.addresses import own_addresses, resolve
from homecall_appliance.media.webrtc.candidates import (
    Address,
    Candidate,
    CandidateFilter,
    Machine,
    RemoteCandidate,
    parse,
)
from homecall_appliance.media.webrtc.ice_connection import IceConnection
from homecall_appliance.media.webrtc.ice_options import IceOptions

LISTING_PAUSE = 1.0
"""Seconds between two times at which the addresses of this machine are listed for candidates."""


class RemoteCandidates:
    """Those of one peer. What comes before the answer is kept for it."""

    def __init__(
        self,
        connection: IceConnection,
        options: IceOptions,
        start: Callable[[Coroutine[Any, Any, None]], object],
    ) -> None:
        """`start` runs what looks a name up; nobody waits for that."""
        self.filter = CandidateFilter()
        """Decides which are tried; shared by the peers of a call."""

        self._connection = connection
        self._options = options
        self._start = start
        self._machine = Machine()
        """This machine, when its addresses could last be listed."""

        self._list_again = 0.0
        """Not before this time of the event loop's clock."""

        self._tried: dict[tuple[Address | str, int], Candidate] = {}
        """What the filter let through, by host and port: each once."""

        self._answered = False

    @property
    def tried(self) -> Sequence[Candidate]:
        """What the filter let through."""
        return [*self._tried.values()]

    def add(self, candidate: RemoteCandidate) -> None:
        """Take a candidate, and try it where the filter lets it through."""
        read = parse(candidate.candidate)
        if read is None or (read.host, read.port) in self._tried:
            return
        if self.filter.admits(read, self._current_machine()):
            self._tried[read.host, read.port] = read
            if self._answered:
                self._start(self._check(read))

    def answered(self) -> None:
        """Try those that were kept, and those to come at once: the phone's password is known.

        No end of candidates is told: a phone may still be found as peer-reflexive.
        """
        self._answered = True
        for read in self._tried.values():
            self._start(self._check(read))

    def list_machine(self) -> None:
        """List the addresses of this machine. Raises OSError where too many files are open."""
        offered = self._options.wanted() if self._options.wanted else None
        self._machine = Machine(own_addresses(), offered)

    def _current_machine(self) -> Machine:
        """Return what this machine's addresses are by now; a phone names many at a time."""
        now = asyncio.get_running_loop().time()
        if now >= self._list_again:
            self._list_again = now + LISTING_PAUSE
            with contextlib.suppress(OSError):  # too many files are open
                self.list_machine()
        return self._machine

    async def _check(self, candidate: Candidate) -> None:
        if isinstance(candidate.host, str):
            if self._options.relay_only:
                return  # it is nobody's business there (draft-ietf-mmusic-mdns-ice-candidates)
            address = await resolve(candidate.host)
            found = address and self.filter.resolved(candidate, address, self._current_machine())
            if not found:
                return
            candidate = found
        await self._connection.add_remote_candidate(
            aioice.Candidate(
                foundation="phone",  # aioice freezes no pair for it
                component=1,
                transport="udp",
                priority=candidate.priority,
                host=str(candidate.host),
                port=candidate.port,
                type=candidate.type,
            )
        )
