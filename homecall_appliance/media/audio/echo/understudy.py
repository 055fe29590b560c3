"""A canceller that is given the past before it takes over."""

from collections.abc import Callable
from typing import Protocol

from homecall_appliance.media.ports import Block

PACE = 2
"""Blocks of the past that it is given with each one of the present: it costs that much more."""


class Canceller(Protocol):
    """What takes the echo out."""

    def process(self, captured: Block, played: Block) -> Block:
        """See `media.ports.EchoCanceller.process`."""
        ...


Scene = tuple[Block, Block]
"""What was captured at a time, and what was played then."""


class Understudy:
    """Learns in half the time what another canceller would have to wait for.

    What it makes of the past is heard by nobody.
    """

    def __init__(self, canceller: Canceller, behind: int) -> None:
        """`behind` are the blocks of the past from which it learns."""
        self.canceller = canceller
        self._behind = behind

    def rehearse(self, past: Callable[[int], Scene], present: Scene) -> Block | None:
        """Return what it makes of the present, if it has caught up; None: to be called again.

        `past` returns what happened so many blocks ago.
        """
        for _ in range(min(PACE, self._behind)):
            self.canceller.process(*past(self._behind))
            self._behind -= 1
        if not self._behind:
            return self.canceller.process(*present)
        self._behind += 1
        return None
