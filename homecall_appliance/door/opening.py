"""How long the line is active. PURE."""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Opening:
    """An opening of the door, or none. Times are seconds of CLOCK_MONOTONIC (clock_gettime(2)),
    which all processes of a machine share, and which nobody sets."""

    until: float = -math.inf
    """When the line is to be inactive again."""

    def prolonged(self, until: float, now: float, most: float) -> "Opening | None":
        """The opening after a wish that holds until then. It is never shorter than it was, and ends
        `most` seconds from now at the latest. None: the time of the wish is over, because somebody
        was stopped on the way, and nobody is to be let in by it any more."""
        if until <= now:
            return None
        return Opening(max(self.until, min(until, now + most)))

    def remaining(self, now: float) -> float | None:
        """Seconds until the line is to be inactive, not below 0; None without an opening."""
        return None if self.until == -math.inf else max(0.0, self.until - now)

    def is_over(self, now: float) -> bool:
        """Whether there is an opening whose time is over."""
        return self.remaining(now) == 0
