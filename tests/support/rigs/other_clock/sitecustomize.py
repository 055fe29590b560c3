"""Lets Python sleep where libfaketime has set the clock: Python's own sleep ends at a moment of the
monotonic clock (clock_nanosleep(2), TIMER_ABSTIME), which the library takes for one of the clock
that it has set (EINVAL)."""

import select
import time
from typing import SupportsIndex


def sleep(seconds: float | SupportsIndex) -> None:
    """Sleep as time.sleep() does."""
    end = time.monotonic() + float(seconds)
    while (left := end - time.monotonic()) > 0:
        select.select((), (), (), left)


time.sleep = sleep
