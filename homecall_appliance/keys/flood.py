"""Whether a device sends more than a person can. PURE."""

MOST_EVENTS = 10_000
"""Events in a second, of whatever type. A mouse that reports a thousand times in a second makes
three thousand, and shares the node of a keyboard in some receivers. To read this many takes a few
per cent of a processor of a Raspberry Pi 3."""


class FloodGuard:
    """Counts the events of one device, second by second."""

    def __init__(self) -> None:
        self._second = 0
        self._count = 0

    def exceeded(self, count: int, now: float) -> bool:
        """Take that so many events more have been read; return whether these are too many."""
        if int(now) != self._second:
            self._second, self._count = int(now), 0
        self._count += count
        return self._count > MOST_EVENTS
