"""What an encoder in another thread has made, on its way to the one that waits for it."""

import threading
from collections import deque
from collections.abc import Callable
from fractions import Fraction
from typing import NamedTuple

PACKETS = 15
"""How many may wait: half a second."""


class Encoded(NamedTuple):
    """One access unit of H.264."""

    data: bytes
    seconds: Fraction
    """Of the camera's clock."""

    keyframe: bool


class Handover:
    """A bounded queue in order; after a loss it goes on with the next key frame."""

    def __init__(self, want_keyframe: Callable[[], None]) -> None:
        """`want_keyframe` is called, in the encoder's thread, after a loss."""
        self.dropped = 0
        self._want_keyframe = want_keyframe
        self._packets: deque[Encoded] = deque()
        self._broken = False
        self._filled = threading.Condition()

    def put(self, data: bytes, keyframe: bool, microseconds: int) -> None:
        """Add an access unit that was captured then."""
        packet = Encoded(data, Fraction(microseconds, 1_000_000), keyframe)
        with self._filled:
            if len(self._packets) == PACKETS:
                self.dropped += PACKETS
                self._packets.clear()
                self._broken = True
                self._want_keyframe()
            self._broken = self._broken and not packet.keyframe
            if self._broken:
                self.dropped += 1
            else:
                self._packets.append(packet)
                self._filled.notify()

    def take(self, patience: float) -> list[Encoded]:
        """Return all that is there, waiting for the first so many seconds at most."""
        with self._filled:
            self._filled.wait_for(lambda: self._packets, patience)
            packets = list(self._packets)
            self._packets.clear()
            return packets
