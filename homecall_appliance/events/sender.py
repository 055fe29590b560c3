"""Sends events to one place, one after the other."""

import logging
from collections.abc import Awaitable, Callable
from typing import NoReturn, TypeAlias

from homecall_appliance.events.event import Event
from homecall_appliance.events.outbox import Outbox

log = logging.getLogger(__name__)


class DeliveryError(Exception):
    """An event could not be delivered; `str()` tells the owner why, and what to do, in sentences.

    There is nothing of a secret in it.
    """


Deliver: TypeAlias = Callable[[Event], Awaitable[None]]
"""Delivers one event within a bounded time; raises DeliveryError."""


class Sender:
    """Delivers events as fast as they are taken. The journal has the first of several failures, and
    how many events were lost when one is taken again."""

    def __init__(self, name: str, deliver: Deliver) -> None:
        """`name` is the key of the configuration, such as "events.webhook"."""
        self._name = name
        self._deliver = deliver
        self._outbox = Outbox()
        self._failed = 0
        self._failing = False
        self._told = 0

    @property
    def lost(self) -> int:
        """How many events were never delivered."""
        return self._outbox.dropped + self._failed

    def tell(self, event: Event) -> None:
        """Have an event delivered; never blocks, never raises."""
        self._outbox.put(event)

    async def run(self) -> NoReturn:
        """Deliver events until cancelled."""
        while True:
            event = await self._outbox.get()
            try:
                await self._deliver(event)
            except DeliveryError as error:
                self._failed += 1
                if not self._failing:
                    log.warning("%s Further failures are counted, not told.", error)
                self._failing = True
            else:
                self._delivered()

    def _delivered(self) -> None:
        if self._outbox:
            return
        self._failing = False
        if lost := self.lost - self._told:
            log.warning("%s works; events lost before that: %d.", self._name, lost)
            self._told = self.lost
