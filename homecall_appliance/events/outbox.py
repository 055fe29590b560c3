"""Events that wait to be sent."""

import asyncio
import time
from collections import deque
from collections.abc import Callable

from homecall_appliance.events.event import Event

ROOM = 32
"""Events that wait at most: those of about ten calls. Beyond, the oldest is dropped."""

LONGEST_WAIT = 60.0
"""Seconds that an event may wait. Whoever is told of the bell later runs to an empty door."""


class Outbox:
    """A queue that drops what is too much and what is too old, and counts it."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        """`now` returns monotonic seconds."""
        self.dropped = 0
        """Events that were not handed out."""
        self._now = now
        self._waiting: deque[tuple[float, Event]] = deque()
        self._filled = asyncio.Event()

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, event: Event) -> None:
        """Add an event; never blocks."""
        if len(self._waiting) == ROOM:
            self._waiting.popleft()
            self.dropped += 1
        self._waiting.append((self._now(), event))
        self._filled.set()

    async def get(self) -> Event:
        """Wait for the next event that is not too old, and take it out."""
        while True:
            await self._filled.wait()
            since, event = self._waiting.popleft()
            if not self._waiting:
                self._filled.clear()
            if self._now() - since <= LONGEST_WAIT:
                return event
            self.dropped += 1
