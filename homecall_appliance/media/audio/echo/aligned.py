"""A canceller that is given what is played when its echo comes, and by the microphone's clock."""

from collections import deque
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from homecall_appliance.media.audio.echo.correlation import (
    AUDIBLE,
    DECIMATION,
    LATEST,
    RATE,
    Correlation,
)
from homecall_appliance.media.audio.echo.delay import DelayEstimator
from homecall_appliance.media.audio.echo.drift import DriftEstimator
from homecall_appliance.media.audio.echo.line import TAPS, DelayLine
from homecall_appliance.media.audio.echo.understudy import Canceller, Scene, Understudy
from homecall_appliance.media.ports import BLOCK_SAMPLES, SAMPLE_RATE, Block, EchoFigures

STRIDE = 8
"""Blocks from one look at the delay to the next: 160 ms."""

SEEKING = 4
"""The same while it is not known: 80 ms."""

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

MEMORY = 75
"""Blocks from which a new canceller learns at most: 1.5 s."""

RECENT = 50
"""As many as it takes to notice a jump."""

CUE = 3
"""Blocks after which it can be heard: its first one is silence, and it takes 60 ms to duck."""

NOTICED = 0.01
"""Samples by which the delay must creep between two looks to spoil what was learnt: 15 ppm."""

_FADE = np.linspace(0, 1, BLOCK_SAMPLES)


class Aligned:
    """A `media.ports.EchoCanceller` that measures the delay during the whole call.

    Where the delay jumps, a new canceller begins: what the old one has learnt is of no use. Where
    it creeps, since no two clocks are the same, what is played is resampled. Both are known only
    after a while; what was heard meanwhile is not lost, an understudy learns from it.
    """

    def __init__(self, name: str, make: Callable[[], Canceller]) -> None:
        """`make` makes a canceller; it may expect the echo within 200 ms of what was played."""
        self._make = make
        self._canceller = make()
        self._understudy: Understudy | None = None
        self._lessons: list[int] = []  # blocks from which the next ones learn
        self._past: deque[Block] = deque(maxlen=MEMORY + 1)  # captured from the first sound on
        self._line = DelayLine(LONGEST + (MEMORY + 1) * BLOCK_SAMPLES)
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
        if self._past or np.abs(played).max() > AUDIBLE:
            self._past.append(captured.copy())
        held_back = self._line.read(self._lag, self._creep)
        self._correlation.add(captured, held_back)
        heard = self._canceller.process(captured, held_back)
        if self._understudy:
            heard = self._rehearse(self._understudy, heard, (captured, held_back))
        self._lag += self._creep
        self._blocks += 1
        if self._blocks % (STRIDE if self._drift else SEEKING) == 0:
            self._look()
        return heard

    def _rehearse(self, understudy: Understudy, heard: Block, present: Scene) -> Block:
        """Let it catch up, and then take over within a block."""
        also_heard = understudy.rehearse(self._scene, present)
        if also_heard is None:
            return heard
        self._canceller, self._understudy = understudy.canceller, None
        if self._lessons:
            self._study(*self._lessons)
        faded = heard * (1 - _FADE) + also_heard * _FADE
        return np.rint(faded).astype(np.int16)

    def _scene(self, age: int) -> Scene:
        """Return what was captured so many blocks ago, and what would be right to be played."""
        creep = self._rate * DECIMATION / STRIDE
        lag = self._lag + age * (BLOCK_SAMPLES - creep)
        return self._past[-1 - age], self._line.read(lag, creep)

    def _look(self) -> None:
        correlation = self._correlation.look()
        if self._drift:
            known = self._drift.known
            self._follow(self._drift.add(correlation, self._lag / DECIMATION), self._drift.rate)
            if self._drift.known and not known and abs(self._rate) > NOTICED:
                self._study(MEMORY)
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
    def _rate(self) -> float:
        return self._drift.rate if self._drift else 0.0

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
        rate = self._rate  # clocks stay what they are
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
        self._study(CUE, RECENT)

    def _study(self, *lessons: int) -> None:
        """Let a new canceller learn from so many of the last blocks; when it plays, another one."""
        blocks, *self._lessons = lessons
        echoing = len(self._past) - int(self._lag) // BLOCK_SAMPLES
        self._understudy = Understudy(self._make(), max(0, min(blocks, echoing)))
