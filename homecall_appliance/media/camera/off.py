"""No camera: a still, dark picture."""

import time
from collections.abc import Generator
from fractions import Fraction

import numpy as np
from av import VideoFrame

from homecall_appliance.media.pace import Clock, Sleep, ticks


class Off:
    """A `media.ports.VideoSource` that yields one black frame a second.

    So a call has a video track whatever the configuration, and nobody asks whether there is one.
    """

    def __init__(
        self,
        width: int,
        height: int,
        *,
        clock: Clock = time.monotonic,
        sleep: Sleep = time.sleep,
    ) -> None:
        self._width = width
        self._height = height
        self._clock = clock
        self._sleep = sleep

    def frames(self) -> Generator[VideoFrame, None, None]:
        """Yield black frames for ever; `pts` counts seconds."""
        black = np.zeros((self._height, self._width), np.uint8)
        for tick in ticks(1, self._clock, self._sleep):
            frame = VideoFrame.from_ndarray(black, format="gray")
            frame.pts = tick
            frame.time_base = Fraction(1)
            yield frame
