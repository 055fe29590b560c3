"""One bitrate for all calls: the picture is encoded once, and the slowest viewer rules. PURE.

How much each viewer can get is found by the congestion control of his path
(`media.rtp.congestion`). One who can get far less than the others holds nobody up for long: then he
gets key frames only.

The time is an argument everywhere: seconds of any clock that goes on.
"""

from collections.abc import Hashable
from dataclasses import dataclass
from enum import Enum, auto
from math import inf

PATIENCE = 4.0
"""Seconds for which a viewer that is far too slow rules all the same, and those of a trial."""

FIRST_WAIT, LONGEST_WAIT = 10.0, 40.0
"""Seconds until a viewer that is skipping is tried again: each time twice as many."""


@dataclass(frozen=True)
class Decision:
    """What is to be done."""

    bits_per_second: int
    """The encoder's target."""

    skipping: frozenset[Hashable]
    """The viewers that get key frames only."""


class _Stage(Enum):
    WATCHES = auto()
    LAGS = auto()
    """Far too slow, but still rules."""

    SKIPS = auto()
    TRIED = auto()
    """Gets everything again, but does not rule yet."""


@dataclass
class _Viewer:
    stage: _Stage = _Stage.WATCHES
    until: float = 0.0
    """When a stage that is limited ends."""

    wait: float = FIRST_WAIT
    target: float = inf
    """Bit/s that the path of this viewer bears, without end before the first report."""

    def enter(self, stage: _Stage, until: float = 0.0) -> None:
        self.stage, self.until = stage, until


class RateControl:
    """Finds the bitrate that the viewers bear together."""

    def __init__(self, maximum: int) -> None:
        """The target is between a tenth of `maximum` and all of it, in bit/s; it begins with half
        of it."""
        self._maximum = maximum
        self._floor = maximum / 10
        self._start = maximum / 2
        self._viewers: dict[Hashable, _Viewer] = {}

    def join(self, viewer: Hashable) -> None:
        """Add a viewer, who does not count before his first report."""
        self._viewers[viewer] = _Viewer()

    def leave(self, viewer: Hashable) -> None:
        """Forget a viewer; what is reported of him later has no effect."""
        self._viewers.pop(viewer, None)

    def target_estimated(self, viewer: Hashable, bits_per_second: int) -> None:
        """Learn how much a viewer can get."""
        if one := self._viewers.get(viewer):
            one.target = bits_per_second

    def decide(self, now: float) -> Decision:
        """Return what is to be done now; ask at least once a second."""
        for one in self._viewers.values():
            self._judge(one, now)
        target = min(max(self._wish(), self._floor), self._maximum)
        skipping = {who for who, one in self._viewers.items() if one.stage is _Stage.SKIPS}
        return Decision(int(target), frozenset(skipping))

    def _judge(self, one: _Viewer, now: float) -> None:
        """Let a viewer enter the next stage when it is time."""
        slow = one.target < self._bar(one)
        due = now >= one.until
        match one.stage:
            case _Stage.WATCHES if slow:
                one.enter(_Stage.LAGS, now + PATIENCE)
            case _Stage.SKIPS if due:
                one.target = inf
                one.enter(_Stage.TRIED, now + PATIENCE)
            case _Stage.LAGS | _Stage.TRIED if slow and due:
                one.enter(_Stage.SKIPS, now + one.wait)
                one.wait = min(2 * one.wait, LONGEST_WAIT)
            case _Stage.LAGS if not slow:
                one.enter(_Stage.WATCHES)
            case _Stage.TRIED if due and one.target < inf:
                one.enter(_Stage.WATCHES)

    def _bar(self, one: _Viewer) -> float:
        """Return what a viewer must bear so as not to hold the others up."""
        return max(self._floor, min(self._ruling(without=one), default=0.0) / 3)

    def _wish(self) -> float:
        if ruling := self._ruling():
            return min(ruling)
        unheard = any(one.stage is _Stage.WATCHES for one in self._viewers.values())
        return self._start if unheard or not self._viewers else self._floor

    def _ruling(self, without: _Viewer | None = None) -> list[float]:
        """Return the rates of those who count."""
        return [
            one.target
            for one in self._viewers.values()
            if one is not without
            and one.target < inf
            and one.stage in {_Stage.WATCHES, _Stage.LAGS}
        ]
