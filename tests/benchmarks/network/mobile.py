"""Traces of mobile networks, made by a seeded model: no recording, but always the same. PURE.

The logarithm of the rate follows an Ornstein-Uhlenbeck process: it is drawn back to its median, and
pushed by chance, as by fading and by the other users of a cell. Now and then nothing passes for a
while: a handover, or a dead spot. The buffer of the base station is as large as it is, so a low
rate makes a long queue. The numbers are of the order that published measurements of such networks
show; they are chosen, not fitted.
"""

import math
from dataclasses import dataclass
from random import Random

from tests.benchmarks.network.conditions import Condition

STEP = 0.1
"""Seconds for which a rate holds."""


@dataclass(frozen=True)
class Cell:
    """A mobile network, as its phones meet it."""

    median: float
    """Bits a second."""

    spread: float
    """Standard deviation of the rate's natural logarithm."""

    memory: float
    """Seconds after which the rate has forgotten all but 1/e of where it was."""

    gaps: float
    """How often a minute nothing passes for a while, on the average (a Poisson process)."""

    gap: tuple[float, float]
    """Seconds of such a while, at least and at most."""

    delay: float
    """Seconds, one way, of an empty network."""

    jitter: float
    """Seconds more or less, by the scheduling of the radio link; see Condition."""

    buffer: float
    """Seconds of packets at the median rate that the base station holds."""


LTE = Cell(4_000_000, 0.35, 4.0, 0.0, (0.0, 0.0), 0.030, 0.004, 0.6)
"""A phone that lies still in a cell with others."""

MOVING = Cell(2_500_000, 0.7, 2.5, 4.0, (0.15, 0.8), 0.035, 0.006, 0.8)
"""The same in a car: faster fading, and handovers."""

UMTS = Cell(1_100_000, 0.4, 3.0, 1.0, (0.3, 1.5), 0.060, 0.012, 1.0)
"""A network of the third generation."""


def trace(cell: Cell, seconds: float, seed: int) -> tuple[Condition, ...]:
    """The conditions for so long, and one more at the end, in which the median rate is back."""
    chance = Random(seed)
    kept = math.exp(-STEP / cell.memory)
    push = cell.spread * math.sqrt(1 - kept**2)
    level, gap_until = 0.0, 0.0
    rates: list[float] = []
    for number in range(math.ceil(seconds / STEP)):
        begins = chance.random() < cell.gaps * STEP / 60
        length = chance.uniform(*cell.gap)
        if begins and number:
            gap_until = max(gap_until, number * STEP + length)
        level = kept * level + push * chance.gauss(0.0, 1.0)
        open_ = number * STEP >= gap_until
        rates.append(cell.median * math.exp(level) if open_ else 0.0)
    rates.append(cell.median)
    buffer = round(cell.median * cell.buffer / 8)
    return tuple(
        Condition(
            number * STEP, rate, delay=cell.delay, jitter=cell.jitter, buffer=buffer, ordered=True
        )
        for number, rate in enumerate(rates)
    )
