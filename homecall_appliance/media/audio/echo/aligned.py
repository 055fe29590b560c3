"""A canceller that is given what is played when its echo comes, and by the microphone's clock."""

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from homecall_appliance.media.audio.echo.correlation import DECIMATION, LATEST, RATE, Correlation
from homecall_appliance.media.audio.echo.delay import DelayEstimator
from homecall_appliance.media.audio.echo.drift import DriftEstimator
from homecall_appliance.media.audio.echo.line import TAPS, DelayLine
from homecall_appliance.media.ports import BLOCK_SAMPLES, SAMPLE_RATE, Block, EchoFigures

STRIDE = 8
"""Blocks from one look at the delay to the next: 160 ms."""

LEAD = round(0.024 * RATE)
"""How much earlier than its echo the canceller gets what is played, in samples at RATE."""

SLACK = round(0.012 * RATE)
"""How much that may be off."""

LONGEST = LATEST * DECIMATION
"""Samples by which what is played is held back at most: 500 ms."""

PATIENCE = 30
"""Looks without a trace of the echo, after which it is sought from the beginning: 5 s."""

STRANGE = 10
"""Looks in which the echo is there, but not like before, after which the room is another one."""


class Canceller(Protocol):
    """What is aligned."""

    def process(self, captured: Block, played: Block) -> Block:
        """See `media.ports.EchoCanceller.process`."""
        ...


class Aligned:
    """A `media.ports.EchoCanceller` that measures the delay during the whole call.

    Where the delay jumps, a new canceller begins: what the old one has learnt is of no use. Where
    it creeps, since no two clocks are the same, what is played is resampled.
    """

    def __init__(self, name: str, make: Callable[[], Canceller]) -> None:
        """`make` makes a canceller; it may expect the echo within 200 ms of what was played."""
        self._make = make
        self._canceller = make()
        self._line = DelayLine(LONGEST)
        self._lag = 0.0  # samples that it is held back: a whole number, or TAPS at least
        self._creep = 0.0  # samples by which that grows in each block
        self._correlation = Correlation()
        self._delay = DelayEstimator()
        self._drift: DriftEstimator | None = None
        self._blocks = 0
        self._unseen = 0
        self.figures = EchoFigures(name)

    def process(self, captured: Block, played: Block) -> Block:
        """See `media.ports.EchoCanceller.process`."""
        self._line.write(played)
        held_back = self._line.read(self._lag, self._creep)
        self._lag += self._creep
        self._correlation.add(captured, held_back)
        self._blocks += 1
        if self._blocks % STRIDE == 0:
            self._look()
        return self._canceller.process(captured, held_back)

    def _look(self) -> None:
        correlation = self._correlation.look()
        if self._drift:
            self._follow(self._drift.add(correlation, self._lag / DECIMATION), self._drift.rate)
        if correlation is None:
            return
        delay = self._delay.add(correlation)
        if delay is not None:
            self._align(delay)
        seen = delay is not None or (self._drift and not self._drift.unlike)
        self._unseen = 0 if seen else self._unseen + 1
        if self._unseen == PATIENCE and self._whole_lag:
            self._begin(-self._whole_lag)

    @property
    def _whole_lag(self) -> int:
        return int(self._lag) // DECIMATION

    def _follow(self, lag: float | None, rate: float) -> None:
        """Creep to a lag until the next look; all in samples at RATE."""
        if lag is None:
            return
        wanted = lag * DECIMATION
        reachable = min(wanted, self._lag) >= TAPS and wanted <= LONGEST
        self._creep = (wanted - self._lag) / STRIDE if reachable else 0.0
        drift = rate * DECIMATION / STRIDE / BLOCK_SAMPLES * 1e6
        self.figures = replace(self.figures, drift=round(drift))

    def _align(self, delay: int) -> None:
        """Keep the canceller's lead; `delay` is what is left of the delay, in samples at RATE."""
        if self._lag + delay * DECIMATION < 0:
            return  # this is the caller's echo of us
        rate = self._drift.rate if self._drift else 0.0  # clocks stay what they are
        by = min(max(delay - LEAD, -self._whole_lag), LATEST - self._whole_lag)
        if abs(by) > SLACK:
            self._begin(by)
            delay -= by
        if self._drift is None or self._drift.unlike > STRANGE:
            self._drift = DriftEstimator(delay, rate)
        milliseconds = 1000 * (self._lag + delay * DECIMATION) / SAMPLE_RATE
        self.figures = replace(self.figures, delay=round(float(milliseconds), 1))

    def _begin(self, by: int) -> None:
        """Hold back `by` samples at RATE more, for a new canceller."""
        self._lag = float(round(self._lag) + by * DECIMATION)
        self._creep = 0.0
        self._correlation.delay(by)
        self._delay = DelayEstimator()
        self._drift = None
        self._canceller = self._make()
