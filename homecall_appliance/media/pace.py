"""When the frames of a camera without hardware are due."""

import math
from collections.abc import Callable, Iterator

Clock = Callable[[], float]
"""Returns seconds, as `time.monotonic` does."""

Sleep = Callable[[float], None]
"""Waits so many seconds, as `time.sleep` does."""


def ticks(rate: float, clock: Clock, sleep: Sleep) -> Iterator[int]:
    """Yield 0, 1, 2, … at `rate` a second, each when it is due.

    The times are a grid from the first one, so they do not drift. Ticks that were missed while the
    consumer was busy are left out: it never gets a burst.
    """
    start = clock()
    tick = 0
    while True:
        yield tick
        tick = max(tick + 1, math.floor((clock() - start) * rate))
        sleep(max(0.0, start + tick / rate - clock()))
