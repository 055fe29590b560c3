"""When a camera's pictures were taken, whatever its clock says. PURE."""

from fractions import Fraction

TOLERANCE = 1.0
"""Seconds that the camera's clock may differ from ours between two pictures: pictures that have
waited for us in the driver come all at once, and lie up to half a second apart."""

MICROSECOND = Fraction(1, 1_000_000)


class CaptureClock:
    """Follows the timestamps of a camera as long as they go on as time does.

    Some drivers give every picture the same timestamp, or none; others' clocks jump by hours, or
    backwards. A phone would then show nothing until the hour is over, or everything at once. For
    such a picture the time of its arrival counts.
    """

    def __init__(self) -> None:
        self._last: tuple[Fraction, float] | None = None
        self._time = Fraction(0)

    def read(self, stamp: Fraction, now: float) -> int:
        """When a picture was taken, in microseconds.

        `stamp` is the camera's time in seconds, `now` ours (time.monotonic()). The first one's time
        is its timestamp. A picture may be older than the one before by a little: so B pictures are.
        """
        if self._last is None:
            self._time = stamp
        else:
            last_stamp, last_now = self._last
            elapsed = Fraction(now - last_now)
            taken = stamp - last_stamp
            regular = taken != 0 and abs(taken - elapsed) < TOLERANCE
            self._time += taken if regular else elapsed
        self._last = stamp, now
        return round(self._time / MICROSECOND)
