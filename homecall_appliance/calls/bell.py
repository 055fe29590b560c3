"""What the appliance lets be heard of its calls: that someone is coming, that a call has ended."""

import math
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

from homecall_appliance.config.model import Audio
from homecall_appliance.media.audio.chimes import COMING, ENDED, KNOCKING, RINGING, Chime
from homecall_appliance.media.audio.shared_audio import SharedAudio

RING_INTERVAL = 10.0
"""Seconds between two rings at least: one that comes sooner is not heard."""


def local_clock() -> str:
    """Return the time of day, as the clock on the wall shows it: "07:05"."""
    return time.strftime("%H:%M")


class Bell:
    """Rings on the loudspeaker, unless the owner wants none, or none at this hour."""

    def __init__(
        self,
        settings: Audio,
        audio: SharedAudio,
        clock: Callable[[], str] = local_clock,
        now: Callable[[], float] = time.monotonic,
        *,
        asks: bool = False,
    ) -> None:
        """`clock` returns the time of day, `now` monotonic seconds. `asks`: somebody inside has to
        accept each call, and the microphone is closed until then."""
        self._settings = settings
        self._asks = asks
        self._audio = audio
        self._clock = clock
        self._now = now
        self._rung = -math.inf

    def coming(self) -> AbstractContextManager[object]:
        """Keep the sound device open until left, so that it need not be opened to ring, nor when
        the call begins."""
        return self._audio.ready() if self._wanted and not self._asks else nullcontext()

    def alerting(self) -> AbstractContextManager[object]:
        """Ring for a visitor who waits to be let in, until left; beside a call only knock."""
        return self._audio.alert(self._cadence) if self._wanted else nullcontext()

    def _cadence(self) -> Chime:
        return KNOCKING if self._audio.talking else RINGING

    def ring(self) -> None:
        """Ring for someone who has come, unless it has rung a moment ago."""
        now = self._now()
        if self._wanted and now - self._rung >= RING_INTERVAL:
            self._rung = now
            self._audio.ring(COMING)

    def ended(self, *, accepted: bool) -> None:
        """Ring for a call that is over."""
        if accepted and self._wanted:
            self._audio.ring(ENDED)

    @property
    def _wanted(self) -> bool:
        return self._settings.signals and not self._settings.quiet_at(self._clock())
