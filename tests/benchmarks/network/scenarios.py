"""The networks over which calls are made. PURE."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.benchmarks.network.conditions import Condition
from tests.benchmarks.network.mobile import LTE, MOVING, UMTS, Cell, trace

BITRATE = 2_500_000
"""Bits a second of the picture that a sender may give at most: less than the widest links bear, for
a home's camera has a most, too."""


@dataclass(frozen=True)
class Scenario:
    """A network, and what happens in it during a measurement."""

    what: str
    """For people."""

    seconds: float
    """How long it is measured."""

    conditions: Callable[[int], tuple[Condition, ...]]
    """By a seed: those of a fixed network do not heed it."""

    narrow: float | None = None
    """When the rate falls, in seconds from the start; None: it does not, in one step."""

    widen: float | None = None
    """When it is back, likewise."""

    tcp: tuple[float, float] | None = None
    """From when until when a TCP stream sends as much as it can towards the phone."""


def _fixed(*conditions: Condition) -> Callable[[int], tuple[Condition, ...]]:
    return lambda _: conditions


def _mobile(what: str, cell: Cell) -> Scenario:
    seconds = 40.0
    return Scenario(what, seconds, lambda seed: trace(cell, seconds, seed))


SCENARIOS = {
    "steps": Scenario(
        "3 Mbit/s, 0.6 from 5 s on, and 3 again from 20 s on",
        45.0,
        _fixed(Condition(), Condition(5.0, 600_000), Condition(20.0, 3_000_000)),
        narrow=5.0,
        widen=20.0,
    ),
    "jitter": Scenario("3 Mbit/s, 60 ms +- 30", 30.0, _fixed(Condition(delay=0.060, jitter=0.030))),
    "loss": Scenario("3 Mbit/s, 2 % lost by chance", 30.0, _fixed(Condition(loss=0.02))),
    "queue": Scenario(
        "1.5 Mbit/s, 300 ms of queue", 30.0, _fixed(Condition(rate=1_500_000, queue=0.3))
    ),
    "tcp": Scenario(
        "3 Mbit/s, beside a TCP stream from 5 to 35 s", 40.0, _fixed(Condition()), tcp=(5.0, 35.0)
    ),
    "lte": _mobile("a mobile network", LTE),
    "moving": _mobile("a mobile network, in a car", MOVING),
    "3g": _mobile("a mobile network of the third generation", UMTS),
}

FIVE = ("steps", "jitter", "loss", "queue", "tcp")
"""Those that are measured where none is named: the networks that are the same each time."""
