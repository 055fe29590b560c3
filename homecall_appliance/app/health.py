"""Whether the appliance can be called, told to the service manager, which restarts it if not."""

import asyncio
import logging
from collections.abc import Callable

from homecall_appliance.media.audio.shared_audio import SharedAudio
from homecall_appliance.service.notify import Notifier
from homecall_appliance.service.watchdog import Watchdog
from homecall_appliance.web import probe
from homecall_appliance.web.guard import Guard

log = logging.getLogger(__name__)

READY_INTERVAL = 0.1
"""Seconds between two looks at whether the appliance can be called already."""

PROBE_TIMEOUT = 5.0
"""Seconds that the HTTPS port may take to deal with a connection."""

STUCK_AFTER = 20.0
"""Seconds without a sign of life after which the sound card counts as stuck for good."""


class Health:
    """Looks at the parts on which every call depends."""

    def __init__(
        self,
        notifier: Notifier,
        endpoint: tuple[str, int],
        guard: Guard,
        sound: SharedAudio,
        calls: Callable[[], int],
        *,
        probe_timeout: float = PROBE_TIMEOUT,
        stuck_after: float = STUCK_AFTER,
    ) -> None:
        """`endpoint` is where the HTTPS port listens; `calls` are those in progress."""
        self.shown = asyncio.Event()
        """Set once the screen shows a code."""

        self._notifier = notifier
        self._endpoint = endpoint
        self._guard = guard
        self._sound = sound
        self._calls = calls
        self._probe_timeout = probe_timeout
        self._stuck_after = stuck_after

    async def report(self) -> None:
        """Tell that the appliance is there once it is, and then that it is well."""
        await self.shown.wait()
        while await self.endpoint_complaint():  # noqa: ASYNC110 - nobody else would tell
            await asyncio.sleep(READY_INTERVAL)
        self._notifier.ready()
        log.info("Ready for a call.")
        if self._notifier.watchdog_interval is not None:
            checks = (self.endpoint_complaint, self.sound_complaint)
            await Watchdog(self._notifier.watchdog_interval, checks, self._notifier.alive).run()

    async def endpoint_complaint(self) -> str | None:
        """Ask our own HTTPS port. Where a flood is in the way, calls are better off without a
        restart: as long as others are turned away or answered, all is well. That a connection was
        taken is no sign of life: the one that asks here is, even by a server that answers nobody.
        """
        before = self._guard.dealt_with
        try:
            async with asyncio.timeout(self._probe_timeout):
                well = await probe.answers(*self._endpoint)
        except TimeoutError:
            well = self._guard.dealt_with > before
        return None if well else "The HTTPS port does not answer."

    async def sound_complaint(self) -> str | None:
        """Find that the sound card hangs; a call that goes on without it is worth more."""
        hangs = self._sound.stuck or self._sound.silent > self._stuck_after
        return "The sound card hangs." if hangs and not self._calls() else None
