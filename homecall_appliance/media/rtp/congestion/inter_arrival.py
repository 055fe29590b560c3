"""By how much packets were drawn apart on their way (draft-ietf-rmcat-gcc-02, section 5.2).

Packets that left together are one group. The delay gradient is how much longer it took from one
group to the next at the receiver than at the sender.
"""

from typing import NamedTuple

GROUP = 0.005
"""Seconds of sending that make one group."""

BURST = 0.005
"""Seconds between two arrivals below which packets count as one burst, which some link has kept and
let go at once."""

MAX_BURST = 0.1
"""Seconds that a burst may last."""

CLOCK_JUMP = 3.0
"""Seconds by which arrivals may differ from sendings; beyond, the receiver's clock was set."""


class Gradient(NamedTuple):
    """Between two groups, in seconds."""

    sent: float
    arrived: float

    @property
    def delay(self) -> float:
        """What came on top on the way."""
        return self.arrived - self.sent


class _Group:
    __slots__ = ("arrived", "arrived_first", "first", "last")

    def __init__(self, sent: float, arrived: float) -> None:
        self.first = self.last = sent
        self.arrived_first = self.arrived = arrived


class InterArrival:
    """Groups packets as feedback tells of them, in the order in which they left."""

    def __init__(self) -> None:
        self._current: _Group | None = None
        self._before: _Group | None = None

    def packet(self, sent: float, arrived: float) -> Gradient | None:
        """Take a packet; return the gradient between the two groups before its own, where it is the
        first of a new one."""
        group = self._current
        if group is None:
            self._current = _Group(sent, arrived)
            return None
        if sent < group.first:
            return None  # out of order
        if not self._begins_anew(group, sent, arrived):
            group.last = max(group.last, sent)
            group.arrived = max(group.arrived, arrived)
            return None
        gradient = None
        if before := self._before:
            gradient = Gradient(group.last - before.last, group.arrived - before.arrived)
            if abs(gradient.delay) > CLOCK_JUMP:
                self._before = None
                self._current = _Group(sent, arrived)
                return None
            if gradient.arrived < 0:  # groups have overtaken each other
                gradient = None
        self._before, self._current = group, _Group(sent, arrived)
        return gradient

    def _begins_anew(self, group: _Group, sent: float, arrived: float) -> bool:
        apart = arrived - group.arrived
        is_burst = (
            apart - (sent - group.last) < 0
            and apart <= BURST
            and arrived - group.arrived_first < MAX_BURST
        )
        return not is_burst and sent - group.first > GROUP
