"""Watches whether the name in links is of use in this network."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable, Collection

from homecall_appliance.network.addresses import IPAddress
from homecall_appliance.network.name_state import (
    Hidden,
    Lookup,
    NameState,
    advice,
    is_asked_of_resolvers,
)

log = logging.getLogger(__name__)

INTERVAL = 30.0
"""Seconds between two looks: links follow within a minute, whatever a look takes."""

BY_ADDRESS = "Links lead to this machine's address meanwhile."


class NameMonitor:
    """Asks the network's resolver for the name of server.public_host again and again."""

    def __init__(
        self,
        name: str,
        ask: Callable[[str], Awaitable[Lookup]],
        on_change: Callable[[], None],
        *,
        expected: Callable[[], Collection[IPAddress]] = tuple,
        ready: Callable[[], Awaitable[None]] | None = None,
        interval: float = INTERVAL,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`name` is the host of links, of which only a name of the DNS is asked for; `ask` answers
        in time, and raises nothing; `on_change` is called when the name becomes hidden, is no
        longer, or is for another reason. `expected` returns the addresses of which the name ought
        to have one, none where any will do. Before `ready` returns, nobody is asked: resolvers
        remember for a while that a name is not there. `clock` returns monotonic seconds."""
        self._name = name
        self._ask = ask
        self._on_change = on_change
        self._expected = expected
        self._ready = ready
        self._interval = interval
        self._clock = clock
        self._state = NameState()
        self._wanted = asyncio.Event()

    @property
    def hidden(self) -> Hidden:
        """Why links had better lead to an address; empty: they need not."""
        return self._state.hidden

    @property
    def problem(self) -> str | None:
        """Why, and what to do: a sentence, or None."""
        sentence = advice(self._state.hidden, self._name)
        return f"{sentence} {BY_ADDRESS}" if sentence else None

    async def watch(self) -> None:
        """Watch until cancelled, if there is a name to be asked for."""
        if not is_asked_of_resolvers(self._name):
            return
        if self._ready:
            await self._ready()
        while True:
            self._wanted.clear()
            self._take_in(await self._ask(self._name))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._interval):
                    await self._wanted.wait()

    def look_now(self) -> None:
        """Do not wait for the next look: to be called when the name may have other records."""
        self._wanted.set()

    def _take_in(self, lookup: Lookup) -> None:
        before = self._state.hidden
        self._state = self._state.after(lookup, self._clock(), self._expected())
        if self._state.hidden == before:
            return
        if self.problem:
            log.warning("%s", self.problem)
        else:
            log.info("The name %s is known in this network again: links have it.", self._name)
        self._on_change()
