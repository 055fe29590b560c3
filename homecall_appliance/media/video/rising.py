"""The timestamps of H.264 that comes from two encoders in turn. PURE."""

import dataclasses
from fractions import Fraction

from homecall_appliance.media.video.picture import CLOCK_RATE, Picture


class Rising:
    """Holds every timestamp above the last one.

    Where one encoder takes over from the other, both may have made a picture of the same frame.
    """

    def __init__(self) -> None:
        self._last = 0

    def h264(self, data: bytes, seconds: Fraction, *, keyframe: bool) -> Picture:
        """Return an access unit that was captured at that moment of the camera's clock."""
        return self.risen(Picture("h264", data, round(seconds * CLOCK_RATE), keyframe))

    def risen(self, picture: Picture) -> Picture:
        """Return a picture with its own timestamp, or the next one that is free."""
        self._last = max(self._last + 1, picture.timestamp)
        return dataclasses.replace(picture, timestamp=self._last)
