"""The bitrate by the delay (draft-ietf-rmcat-gcc-02, section 5.5; libwebrtc, AimdRateControl):
additive increase near what the path bore last, multiplicative elsewhere, multiplicative decrease.
"""

import math

from homecall_appliance.media.rtp.congestion.trendline import Usage

BETA = 0.85
"""What is left of what arrived, at a decrease."""

GROWTH = 1.08
"""By which the rate grows in a second where the capacity is not known."""

LEAST_GROWTH = 1000.0
"""Bit/s by which it grows in a second besides."""

PACKET_BITS = 8 * 1200
"""Of one packet, by which the rate grows in a response time near the capacity."""

RESPONSE = 0.1
"""Seconds that a change takes to be felt, beside the round trip."""

LEAST_STEP = 4000.0
"""Bit/s by which the rate grows in a second at least, near the capacity."""

HEADROOM, HEADROOM_BITS = 1.5, 10_000
"""The rate is no more than so many times what arrives, and so much: what was never sent is not
known to be borne."""

CAPACITY_WEIGHT = 0.05
"""Of the newest sample in the estimate of the capacity."""


class Aimd:
    """Finds the rate in bit/s."""

    def __init__(self, start: float, minimum: float, maximum: float) -> None:
        self.bits_per_second = start
        self._minimum, self._maximum = minimum, maximum
        self._capacity: float | None = None
        """What the path bore when it was last overused, in kbit/s; None: unknown."""

        self._deviation = 0.4
        """Its normalised variance, in kbit/s."""

        self._changed: float | None = None
        self._decreased = float("-inf")
        self._increases = True

    def set_estimate(self, bits_per_second: float, now: float) -> None:
        """Take a rate that a probe has shown."""
        self.bits_per_second = self._clamped(bits_per_second)
        self._changed = now

    def update(
        self, usage: Usage, acknowledged: float | None, round_trip: float, now: float
    ) -> float:
        """Return the rate by the state of the path; `acknowledged` is what arrives in bit/s."""
        if usage is Usage.OVERUSING:
            self._decrease(acknowledged, round_trip, now)
        elif usage is Usage.UNDERUSING:
            self._increases = False  # the queue is draining
        elif self._increases:
            self._increase(acknowledged, round_trip, now)
        else:
            self._increases = True
        self._changed = now
        return self.bits_per_second

    @property
    def is_near_capacity(self) -> bool:
        """Whether what the path bears is known."""
        return self._capacity is not None

    def _increase(self, acknowledged: float | None, round_trip: float, now: float) -> None:
        passed = min(now - self._changed, 1.0) if self._changed is not None else 0.0
        rate = self.bits_per_second
        if acknowledged is not None and self._is_above_capacity(acknowledged):
            self._capacity = None
        if self._capacity is not None:
            step = PACKET_BITS / (round_trip + RESPONSE)
            rate += max(step, LEAST_STEP) * passed
        else:
            rate *= GROWTH**passed
            rate += LEAST_GROWTH * passed
        if acknowledged is not None:
            most = HEADROOM * acknowledged + HEADROOM_BITS
            rate = max(self.bits_per_second, min(rate, most))
        self.bits_per_second = self._clamped(rate)

    def _decrease(self, acknowledged: float | None, round_trip: float, now: float) -> None:
        arrives = acknowledged if acknowledged is not None else self.bits_per_second
        if now - self._decreased < round_trip + RESPONSE and (arrives > 0.5 * self.bits_per_second):
            return  # the last decrease has yet to be felt
        rate = BETA * arrives
        if rate > self.bits_per_second and self._capacity is not None:
            rate = BETA * 1000 * self._capacity
        if acknowledged is not None:
            if self._is_below_capacity(acknowledged):
                self._capacity = None
            self._learn(acknowledged)
        self.bits_per_second = self._clamped(min(rate, self.bits_per_second))
        self._decreased = now
        self._increases = False

    def _learn(self, acknowledged: float) -> None:
        sample = acknowledged / 1000
        if self._capacity is None:
            self._capacity = sample
        else:
            self._capacity += CAPACITY_WEIGHT * (sample - self._capacity)
        norm = max(self._capacity, 1.0)
        error = (self._capacity - sample) ** 2 / norm
        deviation = (1 - CAPACITY_WEIGHT) * self._deviation + CAPACITY_WEIGHT * error
        self._deviation = min(max(deviation, 0.4), 2.5)

    def _is_above_capacity(self, acknowledged: float) -> bool:
        return self._capacity is not None and (
            acknowledged / 1000 > self._capacity + self._spread(self._capacity)
        )

    def _is_below_capacity(self, acknowledged: float) -> bool:
        return self._capacity is not None and (
            acknowledged / 1000 < self._capacity - self._spread(self._capacity)
        )

    def _spread(self, capacity: float) -> float:
        return 3 * math.sqrt(self._deviation * capacity)

    def _clamped(self, rate: float) -> float:
        return min(max(rate, self._minimum), self._maximum)
