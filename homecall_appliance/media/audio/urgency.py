"""Threads that have sound to play go before all others, where the system lets them."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

PRIORITY = 10
"""Of sched(7), from 1 to 99: behind the kernel's own threads, and a sound server's."""


@contextmanager
def urgent_threads() -> Iterator[None]:
    """Schedule in real time what is begun in here (sched(7), SCHED_RR), if that is allowed: a
    service needs LimitRTPRIO= for it.

    Threads inherit it, those of the libraries between PortAudio and a sound server as well.
    """
    policy, parameters = os.sched_getscheduler(0), os.sched_getparam(0)
    with ExitStack() as stack:
        with suppress(OSError):
            os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(PRIORITY))
            stack.callback(os.sched_setscheduler, 0, policy, parameters)
        yield
