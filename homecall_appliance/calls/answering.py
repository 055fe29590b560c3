"""How visitors are let in (protocol.md, section 7): at once, or by somebody inside."""

import asyncio
import contextlib
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass


@dataclass(frozen=True)
class Answering:
    """What the owner wants."""

    asks: bool = False
    """Whether somebody inside has to accept each call."""

    ring_timeout: float = 45.0
    """Seconds that it rings for them."""

    alert: Callable[[], AbstractContextManager[object]] = nullcontext
    """Rings for a visitor who waits to be let in, until left."""


class Ringing:
    """The time in which people inside are asked to accept one call."""

    def __init__(self, answering: Answering, on_timeout: Callable[[], None]) -> None:
        """`on_timeout` is called where it was not stopped within `ring_timeout`."""
        self.since: float | None = None
        """When it began, by the event loop's clock; None: it does not ring."""

        self._answering = answering
        self._on_timeout = on_timeout
        self._alert = contextlib.ExitStack()

    def start(self) -> None:
        """Ring, until stopped."""
        loop = asyncio.get_running_loop()
        self.since = loop.time()
        self._alert.enter_context(self._answering.alert())
        timer = loop.call_later(self._answering.ring_timeout, self._on_timeout)
        self._alert.callback(timer.cancel)

    def stop(self) -> None:
        """Ring no more, if it does."""
        self.since = None
        self._alert.close()
