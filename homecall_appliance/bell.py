"""What the appliance lets be heard of its calls: that someone is coming, that a call has ended."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

from homecall_appliance.config.model import Audio
from homecall_appliance.media.audio.chimes import COMING, ENDED
from homecall_appliance.media.sound import SharedAudio


def local_clock() -> str:
    """Return the time of day, as the clock on the wall shows it: "07:05"."""
    return time.strftime("%H:%M")


class Bell:
    """Rings on the loudspeaker, unless the owner wants none, or none at this hour."""

    def __init__(
        self, settings: Audio, audio: SharedAudio, clock: Callable[[], str] = local_clock
    ) -> None:
        self._settings = settings
        self._audio = audio
        self._clock = clock

    def coming(self) -> AbstractContextManager[object]:
        """Ring for someone who is coming. Until left, the sound device is kept open, so that it
        need not be opened when the call begins."""
        if not self._wanted:
            return nullcontext()
        self._audio.ring(COMING)
        return self._audio.ready()

    def ended(self) -> None:
        """Ring for a call that is over."""
        if self._wanted:
            self._audio.ring(ENDED)

    @property
    def _wanted(self) -> bool:
        return self._settings.signals and not self._settings.quiet_at(self._clock())
