"""No microphone and no loudspeaker."""

from contextlib import AbstractContextManager

from homecall_appliance.media.audio.paced import Pacer, silence
from homecall_appliance.media.ports import Exchange, SoundFigures, SoundProblems


class Silence:
    """A `media.ports.AudioDevice` that hears nothing and plays nothing."""

    figures = SoundFigures()
    problems = SoundProblems()

    def __init__(self, pacer: Pacer | None = None) -> None:
        self._pacer = pacer or Pacer()

    def open(
        self,
        exchange: Exchange,
        *,
        capture: bool = True,  # noqa: ARG002 - it is silent in any case
    ) -> AbstractContextManager[None]:
        """See `AudioDevice.open`; never fails."""
        return self._pacer.run(exchange, silence())
