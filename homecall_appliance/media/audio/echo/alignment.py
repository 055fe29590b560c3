"""How long what is played is to be held back, so that its echo comes at the same time always."""

import enum

from homecall_appliance.media.audio.echo.correlation import (
    DECIMATION,
    LATEST,
    RATE,
    Correlation,
    Samples,
)
from homecall_appliance.media.audio.echo.delay import DelayEstimator
from homecall_appliance.media.audio.echo.drift import DriftEstimator
from homecall_appliance.media.audio.echo.line import NEAREST
from homecall_appliance.media.audio.echo.skips import Skips
from homecall_appliance.media.ports import BLOCK_SAMPLES, Block

STRIDE = 8
"""Blocks from one look at the delay to the next: 160 ms."""

SEEKING = 4
"""The same while it is not known: 80 ms."""

LEAD = round(0.024 * RATE)
"""How much earlier than its echo the canceller gets what is played, in samples at RATE; half of the
delay where that is short: only what is held back can be made to creep."""

SLACK = round(0.012 * RATE)
"""How much that may be off."""

OVERDUE = round(0.04 * RATE)
"""How late what is played may come after its echo, in samples at RATE: what bridges two clocks
waits. From further away comes the caller's echo of us."""

LONGEST = LATEST * DECIMATION
"""Samples by which what is played is held back at most: 500 ms."""

PATIENCE = 30
"""Looks without a trace of the echo, after which it is sought from the beginning: 5 s."""

STRANGE = 10
"""Looks in which the echo is there, but not like before, after which the room is another one."""

NOTICED = 15e-6
"""The rate at which a delay must creep to spoil what was learnt."""

_STEP = BLOCK_SAMPLES // DECIMATION


class News(enum.Enum):
    """What makes worthless what a canceller has learnt."""

    JUMP = enum.auto()
    """The delay is another one."""

    DRIFT = enum.auto()
    """It has crept, and has not been followed until now."""


class Alignment:
    """Measures the delay of the echo, and how it creeps, during the whole call.

    Where what is played comes by the microphone's clock already, what that has skipped is known. It
    is taken out of what is measured: left is what only crystals change, and they keep their rate.
    """

    def __init__(self) -> None:
        self.lag = 0.0
        """Samples that the canceller's sound is held back at the beginning of the next block: a
        whole number, or NEAREST at least."""
        self.creep = 0.0
        """Samples by which that grows within the block."""
        self.held = 0
        """Blocks that the microphone is held back, so that its echo does not come too early."""
        self.delay: float | None = None
        """Milliseconds from what is played to its echo."""
        self._skips = Skips()
        self._own_creep = 0.0  # without what is skipped
        self._lead = 0.0  # samples at RATE from what the canceller is given to its echo
        self._base = 0  # samples at RATE that the correlation's sound is held back
        self._correlation = Correlation()
        self._estimator = DelayEstimator()
        self._drift: DriftEstimator | None = None
        self._blocks = 0
        self._looked = 0
        self._unseen = 0

    @property
    def base(self) -> int:
        """Samples by which the sound is held back in which the echo is sought."""
        return self._base * DECIMATION

    @property
    def rate(self) -> float:
        """Samples by which the delay would grow in each sample if none were skipped; at first as if
        they kept it still. For any thread."""
        drift = self._drift
        return drift.rate if drift else -self._skips.rate

    def skip(self, samples: float) -> None:
        """Take it that the next block of what is played is compressed by so many."""
        self._skips.add(samples)
        creep = self._own_creep + self._skips.within(self.lag)
        reachable = min(self.lag, self.lag + creep) >= NEAREST and self.lag + creep <= LONGEST
        self.creep = creep if reachable else 0.0

    def before(self, blocks: int) -> tuple[float, float]:
        """Return what `lag` and `creep` would have been right so many blocks ago."""
        creep = self.rate * BLOCK_SAMPLES
        now, then = self.lag + BLOCK_SAMPLES, self.lag + (blocks + 1) * BLOCK_SAMPLES
        skipped = self._skips.until(now) - self._skips.until(then)
        return self.lag - skipped - blocks * creep, creep + self._skips.within(then - BLOCK_SAMPLES)

    def add(self, captured: Block, played: Block) -> News | None:
        """Take a block of the microphone, `held` blocks late, and of what is played, `base` samples
        late."""
        self._correlation.add(captured, played)
        self.lag += self.creep
        self._blocks += 1
        if self._blocks % (STRIDE if self._drift else SEEKING):
            return None
        if self._drift:
            self._drift.wait((self._blocks - self._looked) * _STEP)
        self._looked = self._blocks
        correlation = self._correlation.look()
        news = None if correlation is None else self._look(correlation)
        if self._drift:
            self._follow(self._drift)
        return news

    def _look(self, correlation: Samples) -> News | None:
        news = None
        delay = self._estimator.add(correlation)
        distinct = delay is not None
        if self._drift:
            known = self._drift.known
            earlier = self._base - self._skipped_then
            self._drift.add(correlation, earlier, self._correlation.age, distinct=distinct)
            surprise = abs(self._drift.rate - self._drift.assumed)
            if self._drift.known and not known and surprise > NOTICED:
                news = News.DRIFT
        if delay is not None:
            news = self._align(self._base + delay) or news
        seen = distinct or (self._drift and self._drift.alike)
        self._unseen = 0 if seen else self._unseen + 1
        if self._unseen == PATIENCE and (self._base or self.held):
            self._hold(-self.held)
            news = self._jump(0)
        return news

    def _align(self, delay: int) -> News | None:
        """Keep the canceller's lead; `delay` is the whole one, in samples at RATE."""
        if delay - self.held * _STEP < -OVERDUE:
            return None
        news = None
        rate = self.rate  # clocks stay what they are
        missing, spare = -(delay // _STEP), max(delay - LEAD, 0) // _STEP
        held = missing if delay < 0 else -min(self.held, spare)
        self._hold(held)
        delay += held * _STEP
        lag = min(max(delay - LEAD, delay // 2), LATEST)
        now = self.lag / DECIMATION
        stuck = self.lag < NEAREST <= lag * DECIMATION
        if held or stuck or now > delay or abs(lag - now) > SLACK:
            news = self._jump(lag)
        if self._drift is None or self._drift.unlike > STRANGE:
            still = delay - self._skipped_then
            self._drift = DriftEstimator(still, rate)
            self._lead = still - (self.lag - self._skips.until(self.lag)) / DECIMATION
        self.delay = round(1000 * (delay - self.held * _STEP) / RATE, 1)
        return news

    def _hold(self, blocks: int) -> None:
        """Hold the microphone back by so many blocks more."""
        self.held += blocks
        self._correlation.hold(blocks * _STEP)

    def _follow(self, drift: DriftEstimator) -> None:
        """Creep, so that the lag is right at the next look."""
        still = (drift.delay(STRIDE * _STEP) - self._lead) * DECIMATION
        self._own_creep = (still + self._skips.until(self.lag) - self.lag) / STRIDE
        lag = int(self.lag) // DECIMATION
        if abs(lag - self._base) > SLACK:
            self._rebase(lag)

    def _jump(self, lag: int) -> News:
        self.lag = float(lag * DECIMATION)
        self._own_creep = 0.0
        self._drift = None
        self._rebase(lag)
        return News.JUMP

    @property
    def _skipped_then(self) -> float:
        """Samples at RATE that had been skipped until the middle of what a look compares."""
        ago = (self._base + self._correlation.age) * DECIMATION
        return self._skips.until(ago) / DECIMATION

    def _rebase(self, lag: int) -> None:
        """Seek the echo where it is by now."""
        self._correlation.delay(lag - self._base)
        self._base = lag
        self._estimator = DelayEstimator()
