"""No microphone and no loudspeaker."""

from contextlib import AbstractContextManager
from itertools import repeat

import numpy as np

from homecall_appliance.media.audio.paced import Pacer
from homecall_appliance.media.ports import BLOCK_SAMPLES, Exchange, SoundFigures, SoundProblems


class Silence:
    """A `media.ports.AudioDevice` that hears nothing and plays nothing."""

    figures = SoundFigures()
    problems = SoundProblems()

    def __init__(self, pacer: Pacer | None = None) -> None:
        self._pacer = pacer or Pacer()

    def open(self, exchange: Exchange) -> AbstractContextManager[None]:
        """See `AudioDevice.open`; never fails."""
        return self._pacer.run(exchange, (np.zeros(BLOCK_SAMPLES, np.int16) for _ in repeat(None)))
