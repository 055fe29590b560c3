"""The bitrate by the losses (draft-ietf-rmcat-gcc-02, section 6).

They are those of receiver reports. Transport-wide feedback is no measure of them: what it does not
tell of yet may have been overtaken, and comes a moment later.
"""

HIGH, LOW = 0.1, 0.02
"""Losses above the one reduce the rate; below the other it grows; between them it stays."""

GROWTH = 1.08
"""By which it grows in a second."""

LEAST_STEP = 1000.0
"""Bit/s by which it grows in a second besides."""

MOST_STEP = 1.0
"""Seconds that count at most for growth."""

PAUSE = 0.3
"""Seconds between two reductions, beside the round trip."""


class LossBased:
    """Finds the rate in bit/s; the result is an upper bound."""

    def __init__(self, minimum: float, maximum: float) -> None:
        self.bits_per_second = maximum
        self._minimum, self._maximum = minimum, maximum
        self._reduced = float("-inf")
        self._last = 0.0
        """The last loss that was reported."""

    def reported(
        self, lost: float, passed: float, rate: float, round_trip: float, now: float
    ) -> None:
        """Take the part of the packets that was lost in the last `passed` seconds, at a target of
        `rate` bit/s."""
        self._last = lost
        if lost > HIGH:
            if now - self._reduced >= PAUSE + round_trip:
                self._reduced = now
                self._become(min(rate, self.bits_per_second) * (1 - 0.5 * lost))
        elif lost < LOW:
            grown = min(passed, MOST_STEP)
            self._become(self.bits_per_second * GROWTH**grown + LEAST_STEP * grown)

    def set_estimate(self, bits_per_second: float) -> None:
        """Take a rate that a probe has shown to arrive, unless packets are being lost."""
        if self._last < LOW:
            self._become(max(self.bits_per_second, bits_per_second))

    def _become(self, rate: float) -> None:
        self.bits_per_second = min(max(rate, self._minimum), self._maximum)
