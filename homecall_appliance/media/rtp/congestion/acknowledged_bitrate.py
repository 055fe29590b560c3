"""What really arrives (libwebrtc, BitrateEstimator): a Bayesian estimate over short windows."""

FIRST_WINDOW, WINDOW = 0.5, 0.15
"""Seconds over which arrivals are counted: for the first estimate, and for those that follow."""

UNCERTAINTY = 10.0
"""How much a sample may differ from the estimate before it counts less."""

MOST_GAP = 2.0
"""Seconds without an arrival after which counting begins anew."""


class AcknowledgedBitrate:
    """Estimates in bit/s; fed in the order of arrival."""

    def __init__(self) -> None:
        self.bits_per_second: float | None = None
        """None before the first window is over."""

        self._variance = 50.0
        self._begun: float | None = None
        self._last = 0.0
        self._octets = 0

    def packet(self, size: int, arrived: float) -> None:
        """Take a packet of `size` bytes."""
        if self._begun is None or not -MOST_GAP < arrived - self._last < MOST_GAP:
            self._begun, self._octets = arrived, 0
        self._last = arrived
        window = FIRST_WINDOW if self.bits_per_second is None else WINDOW
        passed = arrived - self._begun
        if passed >= window:
            self._sample(8 * self._octets / passed)
            self._begun, self._octets = arrived, 0
        self._octets += size

    def _sample(self, bits_per_second: float) -> None:
        if self.bits_per_second is None:
            self.bits_per_second = bits_per_second
            return
        estimate, sample = self.bits_per_second / 1000, bits_per_second / 1000
        uncertainty = UNCERTAINTY * abs(estimate - sample) / max(estimate + sample, 1.0)
        sample_variance = uncertainty**2
        predicted = self._variance + 5.0
        estimate = (sample_variance * estimate + predicted * sample) / (sample_variance + predicted)
        self._variance = sample_variance * predicted / (sample_variance + predicted)
        self.bits_per_second = 1000 * max(estimate, 0.0)
