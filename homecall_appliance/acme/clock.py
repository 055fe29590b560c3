"""Time, as what follows it asks for it; a test has another."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Clock:
    """The time of day, one that never jumps, and a way to let it pass."""

    now: Callable[[], datetime] = _now
    """An aware datetime; it may be wrong, and jumps when it is set right."""

    uptime: Callable[[], float] = time.monotonic
    """Seconds since some moment."""

    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    """Returns after so many seconds."""
