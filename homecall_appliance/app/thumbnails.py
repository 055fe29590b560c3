"""Small pictures of visitors, each for as long as it may be that nobody answers him."""

import math
import time
from collections.abc import Callable

from homecall_appliance.display.ports import Frame
from homecall_appliance.display.thumbnail import thumbnail
from homecall_appliance.display.view import Thumbnail

INTERVAL = 1.0
"""Seconds from one thumbnail of a visitor to the next, in whose place it is."""


class Thumbnails:
    """Keeps the newest of each visitor who rings, in memory alone."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        """`now` returns monotonic seconds."""
        self._now = now
        self._newest: dict[int, tuple[float, Thumbnail]] = {}

    def see(self, call: int, frame: Frame) -> None:
        """Take a frame of the visitor of a call, by its number, while he rings. What is kept of it
        is kept until `take`."""
        at, _ = self._newest.get(call, (-math.inf, None))
        now = self._now()
        if now - at >= INTERVAL and (small := thumbnail(frame)):
            self._newest[call] = now, small

    def take(self, call: int) -> Thumbnail | None:
        """Hand out what is kept of the visitor of a call, and keep it no longer; None: nothing."""
        _, small = self._newest.pop(call, (0.0, None))
        return small
