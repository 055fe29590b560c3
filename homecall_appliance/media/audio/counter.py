"""Counters of RTP that wrap (RFC 3550, section 5.1). PURE."""


class Unwrapped:
    """Follows a counter of so many bits over its wraps."""

    def __init__(self, bits: int) -> None:
        self._range = 1 << bits
        self._last: int | None = None

    def unwrapped(self, value: int) -> int:
        """Return the next value as a number that goes on: the one that is nearest to the last."""
        if self._last is None:
            self._last = value
        half = self._range >> 1
        self._last += (value - self._last + half) % self._range - half
        return self._last
