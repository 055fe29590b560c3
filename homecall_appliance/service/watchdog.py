"""Tells the service manager that the appliance is healthy, for as long as it is.

Runs in the event loop, so that a blocked one is silent, too.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import NoReturn

log = logging.getLogger(__name__)

BEATS = 3
"""How often health is looked at within the time that the service manager waits."""

Check = Callable[[], Awaitable[str | None]]
"""Returns what is wrong, as a sentence; None where all is well."""


class Watchdog:
    """Feeds the service manager's watchdog."""

    def __init__(self, interval: float, checks: Sequence[Check], feed: Callable[[], None]) -> None:
        """`interval` is how many seconds the service manager waits for the next `feed`."""
        self._pause = interval / BEATS
        self._checks = checks
        self._feed = feed
        self._complaint: str | None = None

    async def run(self) -> NoReturn:
        """Look at the health again and again, until cancelled."""
        while True:
            complaint = await self._first_complaint()
            if complaint is None:
                self._feed()
            elif complaint != self._complaint:
                log.error(
                    "%s If that stays so, the service manager restarts the appliance.", complaint
                )
            self._complaint = complaint
            await asyncio.sleep(self._pause)

    async def _first_complaint(self) -> str | None:
        for check in self._checks:
            try:
                async with asyncio.timeout(self._pause):
                    complaint = await check()
            except TimeoutError:
                complaint = "A look at the health of the appliance takes too long."
            if complaint is not None:
                return complaint
        return None
