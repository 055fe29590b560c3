"""One bitrate for all calls: the picture is encoded once, and the slowest viewer rules.

Losses count by the rule of Google congestion control (draft-ietf-rmcat-gcc-02, section 6). The
estimate of a phone (REMB) counts when it falls, which it does to what just got through, or stands
still. While it rises nothing is wrong, however low it is: Chromium's begins with what arrived in
the first seconds of the call, a still scene perhaps, and gains 8 % a second, so it is far below
what arrives without a loss for half a minute.

The time is an argument everywhere: seconds of any clock that goes on.
"""

from collections.abc import Hashable
from dataclasses import dataclass, field
from enum import Enum, auto
from math import inf

GROWTH = 1.08
"""How much more is tried after a second without losses."""

DOUBLING = 4.0
"""Seconds in which the target grows to twice itself at most, whatever lets it grow."""

WINDOW = 0.5
"""Seconds over which losses are averaged at least: Chromium reports on every 0.2 s."""

STANDSTILL = 1.0
"""Seconds after which an estimate that does not rise is a complaint: a healthy one rises with
each report, a congested one cannot fall below what it never reached."""

EASE = 0.75
"""What is left of the rate after a second of such a complaint."""

FORGET = 10.0
"""Seconds without a report after which a viewer counts as new."""

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
    heard: float
    """When he last reported."""

    stage: _Stage = _Stage.WATCHES
    until: float = 0.0
    """When a stage that is limited ends."""

    wait: float = FIRST_WAIT
    bears: float = inf
    """Bit/s by his losses and complaints, without end before the first report."""

    judged: float = 0.0
    """When the losses were last judged."""

    losses: list[float] = field(default_factory=list)
    """Those since."""

    estimate: int | None = None
    rose: float = 0.0
    """When that last rose, or was complied with."""

    def enter(self, stage: _Stage, until: float = 0.0) -> None:
        self.stage, self.until = stage, until

    def forget(self) -> None:
        self.bears, self.estimate, self.losses = inf, None, []


class RateControl:
    """Finds the bitrate that the viewers bear together."""

    def __init__(self, maximum: int) -> None:
        """The target is between a tenth of `maximum` and all of it, in bit/s; it begins with half
        of it."""
        self._maximum = maximum
        self._floor = maximum / 10
        self._start = maximum / 2
        self._target = self._sent = self._start
        self._decided: float | None = None
        self._viewers: dict[Hashable, _Viewer] = {}

    def join(self, viewer: Hashable, now: float) -> None:
        """Add a viewer, who does not count before his first report."""
        self._viewers[viewer] = _Viewer(heard=now)

    def leave(self, viewer: Hashable) -> None:
        """Forget a viewer; what is reported of him later has no effect."""
        self._viewers.pop(viewer, None)

    def encoded(self, bits_per_second: float) -> None:
        """Learn what the encoder gave in the last second: less than its target in a still scene.

        There an estimate that stands still is no complaint.
        """
        self._sent = bits_per_second

    def bitrate_estimated(self, viewer: Hashable, bits_per_second: int, now: float) -> None:
        """Learn how much a viewer can get by his own estimate."""
        if (one := self._reporting(viewer, now)) is None:
            return
        last, one.estimate = one.estimate, bits_per_second
        if last is None or bits_per_second > last:
            one.rose = now
        elif bits_per_second < last:
            one.bears = min(one.bears, bits_per_second)
        elif bits_per_second < self._sent and now - one.rose >= STANDSTILL:
            eased = min(one.bears, self._target) * EASE ** (now - one.rose)
            one.bears, one.rose = min(one.bears, max(eased, bits_per_second)), now

    def loss_reported(self, viewer: Hashable, fraction: float, now: float) -> None:
        """Learn which fraction was lost since the viewer's last report."""
        if (one := self._reporting(viewer, now)) is None:
            return
        one.losses.append(fraction)
        passed = now - one.judged
        if passed < WINDOW:
            return
        mean = sum(one.losses) / len(one.losses)
        if mean > 0.1:
            one.bears = min(one.bears, self._target) * (1 - 0.5 * mean)
        elif mean < 0.02:
            one.bears = min(one.bears * GROWTH**passed, self._maximum)
        one.losses, one.judged = [], now

    def decide(self, now: float) -> Decision:
        """Return what is to be done now; ask at least once a second."""
        for one in self._viewers.values():
            if now - one.heard > FORGET:
                one.forget()
            self._judge(one, now)
        wish = min(max(self._wish(), self._floor), self._maximum)
        if self._decided is not None:
            wish = min(wish, self._target * 2 ** ((now - self._decided) / DOUBLING))
        self._target, self._decided = wish, now
        skipping = {who for who, one in self._viewers.items() if one.stage is _Stage.SKIPS}
        return Decision(int(wish), frozenset(skipping))

    def _reporting(self, viewer: Hashable, now: float) -> _Viewer | None:
        one = self._viewers.get(viewer)
        if one is not None:
            if now - one.heard > FORGET:
                one.forget()
            if one.bears == inf:
                one.bears, one.judged = max(self._start, self._target), one.heard
            one.heard = now
        return one

    def _judge(self, one: _Viewer, now: float) -> None:
        """Let a viewer enter the next stage when it is time."""
        slow = one.bears < self._bar(one)
        due = now >= one.until
        match one.stage:
            case _Stage.WATCHES if slow:
                one.enter(_Stage.LAGS, now + PATIENCE)
            case _Stage.SKIPS if due:
                one.forget()
                one.enter(_Stage.TRIED, now + PATIENCE)
            case _Stage.LAGS | _Stage.TRIED if slow and due:
                one.enter(_Stage.SKIPS, now + one.wait)
                one.wait = min(2 * one.wait, LONGEST_WAIT)
            case _Stage.LAGS if not slow:
                one.enter(_Stage.WATCHES)
            case _Stage.TRIED if due and one.bears < inf:
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
            one.bears
            for one in self._viewers.values()
            if one is not without and one.bears < inf and one.stage in {_Stage.WATCHES, _Stage.LAGS}
        ]
