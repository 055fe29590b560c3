"""A canceller that is given what is played when its echo comes, and by the microphone's clock."""

from collections import deque
from collections.abc import Callable

import numpy as np

from homecall_appliance.media.audio.echo.alignment import LONGEST, OVERDUE, Alignment, News
from homecall_appliance.media.audio.echo.correlation import AUDIBLE, DECIMATION
from homecall_appliance.media.audio.echo.line import DelayLine
from homecall_appliance.media.audio.echo.understudy import Canceller, Scene, Understudy
from homecall_appliance.media.ports import BLOCK_SAMPLES, Block, EchoFigures

MEMORY = 75
"""Blocks from which a new canceller learns at most: 1.5 s."""

CUE = 3
"""Blocks after which it can be heard: its first one is silence, and it takes 60 ms to duck."""

LESSONS = {
    News.JUMP: (CUE, 50),  # as many as it takes to notice a jump
    News.DRIFT: (MEMORY,),
}
"""Blocks from which the next cancellers learn, one after the other."""

MOST_HELD = OVERDUE * DECIMATION // BLOCK_SAMPLES
_FADE = np.linspace(0, 1, BLOCK_SAMPLES)


class Aligned:
    """A `media.ports.EchoCanceller` that measures the delay during the whole call.

    Where the delay jumps, a new canceller begins: what the old one has learnt is of no use. Where
    it creeps, since no two clocks are the same, what is played is resampled. Both are known only
    after a while; what was heard meanwhile is not lost, an understudy learns from it.
    """

    def __init__(self, name: str, make: Callable[[], Canceller]) -> None:
        """`make` makes a canceller; it may expect the echo within 200 ms of what was played."""
        self._name = name
        self._make = make
        self._canceller = make()
        self._understudy: Understudy | None = None
        self._lessons: tuple[int, ...] = ()
        self._past: deque[Block] = deque(maxlen=MEMORY + 1 + MOST_HELD)  # since the first sound
        self._line = DelayLine(LONGEST + (MEMORY + 1) * BLOCK_SAMPLES)
        self._alignment = Alignment()

    @property
    def figures(self) -> EchoFigures:
        """See `media.ports.EchoCanceller.figures`."""
        delay = self._alignment.delay
        drift = None if delay is None else round(self._alignment.rate * 1e6)
        return EchoFigures(self._name, delay, drift)

    def process(self, captured: Block, played: Block, skipped: float = 0.0) -> Block:
        """See `media.ports.EchoCanceller.process`."""
        alignment = self._alignment
        self._line.write(played)
        alignment.skip(skipped)
        if self._past or np.abs(played).max() > AUDIBLE:
            self._past.append(captured.copy())
            captured = self._past[-1 - alignment.held]
        held_back = self._line.read(alignment.lag, alignment.creep)
        heard = self._canceller.process(captured, held_back)
        if self._understudy:
            heard = self._rehearse(self._understudy, heard, (captured, held_back))
        news = alignment.add(captured, self._line.read(alignment.base))
        if news:
            self._study(*LESSONS[news])
        return heard

    def _study(self, blocks: int, *then: int) -> None:
        """Let a new canceller learn from so many of the last blocks; when it plays, another one."""
        self._lessons = then
        alignment = self._alignment
        echoing = len(self._past) - alignment.held - int(alignment.lag) // BLOCK_SAMPLES
        self._understudy = Understudy(self._make(), max(0, min(blocks, echoing)))

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
        alignment = self._alignment
        lag, creep = alignment.before(age)
        played = self._line.read(lag + age * BLOCK_SAMPLES, creep)
        return self._past[-1 - alignment.held - age], played
