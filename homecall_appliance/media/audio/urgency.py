"""A thread that has sound to play goes before all others, where the system lets it."""

import os
from collections.abc import Callable
from contextlib import suppress
from typing import Any

PRIORITY = 10
"""Of sched(7), from 1 to 99: behind the kernel's own threads, and a sound server's."""


class Urgent:
    """A callback of PortAudio's. From its first call on its thread is scheduled in real time
    (sched(7), SCHED_RR), if it may be: a service needs LimitRTPRIO= for that. What the thread
    starts does not inherit it."""

    def __init__(self, callback: Callable[..., None]) -> None:
        self._callback = callback
        self._is_urgent = False

    def __call__(self, *arguments: Any) -> None:
        """Call it."""
        if not self._is_urgent:
            self._is_urgent = True
            with suppress(OSError):
                policy = os.SCHED_RR | os.SCHED_RESET_ON_FORK
                os.sched_setscheduler(0, policy, os.sched_param(PRIORITY))
        self._callback(*arguments)
