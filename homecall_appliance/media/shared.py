"""A device as the calls share it: opened for the first call, released after the last.

`run()` is its supervisor. It opens the device while somebody wants it, opens it again with growing
pauses when it fails, and never twice at a time. Whoever comes meanwhile does not wait for the end
of a pause that others have earned.
"""

import asyncio
import logging
from abc import ABC, abstractmethod

from homecall_appliance.media.ports import DeviceError

log = logging.getLogger(__name__)

FIRST_PAUSE = 1.0
"""Seconds before a failed device is opened again; doubled after each failure. From one opening to
the next it is never less, however quickly calls come and go."""

LONGEST_PAUSE = 10.0
"""Seconds."""


class Shared(ABC):
    """Opens a device while it is wanted."""

    def __init__(self, name: str) -> None:
        self.problem: str | None = None
        self.open = False
        self.name = name
        self._loop = asyncio.get_running_loop()
        self._wanted = asyncio.Event()
        self._joined = asyncio.Event()
        """Set when somebody has come to use the device since it was last opened."""

    @property
    def wanted(self) -> bool:
        """Whether a call is using it, or trying to."""
        return self._wanted.is_set()

    def looked_at(self, problem: str | None) -> None:
        """Learn what a look at the closed device has found; what an open one shows counts more."""
        if self.wanted:
            return
        if problem:
            self._note(problem)
        elif self.problem:
            log.info("The %s is there.", self.name)
            self.problem = None

    async def run(self) -> None:
        """Supervise the device for as long as the appliance runs."""
        while True:
            await self._wanted.wait()
            pause = FIRST_PAUSE
            while self._wanted.is_set():
                started = self._loop.time()
                self._joined.clear()
                try:
                    await self._use()
                except DeviceError as error:
                    self._note(str(error))
                    if self._loop.time() - started > LONGEST_PAUSE:
                        pause = FIRST_PAUSE
                    if await self._someone_joins(pause):
                        pause = FIRST_PAUSE
                        await asyncio.sleep(started + FIRST_PAUSE - self._loop.time())
                    else:
                        pause = min(2 * pause, LONGEST_PAUSE)
                finally:
                    self.open = False

    async def _someone_joins(self, within: float) -> bool:
        try:
            async with asyncio.timeout(within):
                return await self._joined.wait()
        except TimeoutError:
            return False

    @abstractmethod
    async def _use(self) -> None:
        """Use the device until it is not wanted any more; raises DeviceError."""

    def _join(self) -> None:
        """Want the device for somebody new."""
        self._joined.set()
        self._want(True)

    def _want(self, wanted: bool) -> None:
        if wanted:
            self._wanted.set()
        else:
            self._wanted.clear()

    def _opened(self, problem: str | None = None) -> None:
        """Take note that it works, but for a problem."""
        self.open = True
        if problem:
            self._note(problem)
        elif self.problem:
            log.info("The %s works.", self.name)
            self.problem = None

    def _note(self, problem: str) -> None:
        if problem != self.problem:
            log.warning("%s", problem)
        self.problem = problem
