"""How often something may happen: token buckets for many keys. PURE."""

from collections.abc import Hashable

KEYS = 4096
"""Buckets that are remembered; the one that was used longest ago is forgotten first."""


class Pace:
    """One token bucket for each key: it holds `burst` tokens and gains `rate` of them a second.

    A bucket is kept as the moment at which it is full again (ITU-T I.371, the generic cell rate
    algorithm in its virtual-scheduling form); one that is not kept is full.
    """

    def __init__(self, rate: float, burst: float) -> None:
        self._interval = 1 / rate
        self._tolerance = (burst - 1) / rate
        self._full_at: dict[Hashable, float] = {}

    def allows(self, key: Hashable, now: float) -> bool:
        """Take a token, if there is one; `now` is monotonic seconds."""
        full_at = max(self._full_at.pop(key, now), now)
        allowed = full_at - now <= self._tolerance
        self._full_at[key] = full_at + self._interval if allowed else full_at
        if len(self._full_at) > KEYS:
            del self._full_at[next(iter(self._full_at))]
        return allowed
