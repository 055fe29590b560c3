"""The bitrate by the losses (draft-ietf-rmcat-gcc-02, section 6)."""

HIGH, LOW = 0.1, 0.02
"""Losses above the one reduce the rate; below the other it grows; between them it stays."""

GROWTH = 1.08
"""By which it grows in a second."""

LEAST_STEP = 1000.0
"""Bit/s by which it grows in a second besides."""

PACKETS = 20
"""Packets that a loss is reckoned of at least."""

PAUSE = 0.3
"""Seconds between two reductions, beside the round trip."""

BURST = 0.25
"""Seconds over which losses are averaged at least: Wi-Fi loses several packets at once."""


class LossBased:
    """Finds the rate in bit/s; the result is an upper bound."""

    def __init__(self, start: float, minimum: float, maximum: float) -> None:
        self.bits_per_second = maximum
        self._start = start
        self._minimum, self._maximum = minimum, maximum
        self._expected = self._lost = 0
        self._begun: float | None = None
        self._reduced = float("-inf")
        self._last = 0.0
        """The last loss that was reckoned."""

    def packets(self, expected: int, lost: int, rate: float, round_trip: float, now: float) -> None:
        """Take that of `expected` packets `lost` did not arrive, at a target of `rate` bit/s."""
        self._expected += expected
        self._lost += lost
        if self._begun is None:
            self._begun = now
        if self._expected < PACKETS or now - self._begun < BURST:
            return
        self.fraction(self._lost / self._expected, now - self._begun, rate, round_trip, now)
        self._expected = self._lost = 0
        self._begun = now

    def fraction(
        self, lost: float, passed: float, rate: float, round_trip: float, now: float
    ) -> None:
        """Take the part of the packets that was lost in the last `passed` seconds."""
        self._last = lost
        if lost > HIGH:
            if now - self._reduced >= PAUSE + round_trip:
                self._reduced = now
                self._become(min(rate, self.bits_per_second) * (1 - 0.5 * lost))
        elif lost < LOW:
            self._become(
                self.bits_per_second * GROWTH ** min(passed, 1.0) + 1000 * min(passed, 1.0)
            )

    def set_estimate(self, bits_per_second: float) -> None:
        """Take a rate that a probe has shown to arrive, unless packets are being lost."""
        if self._last < LOW:
            self._become(max(self.bits_per_second, bits_per_second))

    def _become(self, rate: float) -> None:
        self.bits_per_second = min(max(rate, self._minimum), self._maximum)
