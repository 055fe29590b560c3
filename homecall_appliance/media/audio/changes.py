"""When the sound devices are to be chosen anew while a call uses some of them."""

import math
import time
from collections.abc import Collection
from pathlib import Path

from homecall_appliance.media.audio.choice import NOUN, Direction
from homecall_appliance.media.audio.devices import ASOUND, busy_cards

FIRST_RETRY = 10.0
"""Seconds after which a direction that could not be opened is tried again; twice as many after each
failure. The other direction is interrupted for a second or two each time."""


class Changes:
    """Compares the sound devices of the moment with those that were there when it was made.

    PortAudio lists devices only while none is open, so that nothing else tells of a new one.
    """

    def __init__(self, nodes: Path, asound: Path = ASOUND) -> None:
        """`nodes` is the directory in which the kernel shows sound cards (/dev/snd), `asound` the
        one in which it tells who uses them."""
        self._nodes = nodes
        self._asound = asound
        self._there = self._seen()
        self._busy = {direction: self._used(direction) for direction in NOUN}
        self._missing: Collection[Direction] = ()
        self._retry_at = math.inf

    def wait_for(self, missing: Collection[Direction], retry_after: float) -> None:
        """Take note of the directions that could not be opened, or that another program uses: they
        are to be tried again after so many seconds, or once a program has let go of such a card."""
        self._missing = missing
        self._retry_at = time.monotonic() + retry_after

    def seen(self) -> bool:
        """Whether a sound card was plugged in, or a missing direction is to be tried again."""
        return (
            not self._there.issuperset(self._seen())
            or time.monotonic() > self._retry_at
            or any(self._busy[direction] - self._used(direction) for direction in self._missing)
        )

    def _seen(self) -> set[Path]:
        return set(self._nodes.glob("*"))

    def _used(self, direction: Direction) -> set[str]:
        return {card.name for card in busy_cards(direction, self._asound)}
