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
        """`want_keyframe` is called by `take()`, after a loss."""
        self.dropped = 0
        self._want_keyframe = want_keyframe
        self._packets: deque[tuple[int, Encoded]] = deque(maxlen=PACKETS)
        self._put = self._taken = 0
        self._broken = False
        self._filled = threading.Event()

    def put(self, data: bytes, keyframe: bool, microseconds: int) -> None:
        """Add an access unit that was captured then; in the encoder's thread.

        Nothing here can fail, for that would end a thread of somebody else's.
        """
        self._put += 1
        packet = Encoded(data, Fraction(microseconds, 1_000_000), keyframe)
        self._packets.append((self._put, packet))
        self._filled.set()

    def take(self, patience: float) -> list[Encoded]:
        """Return all that is there, waiting for the first so many seconds at most."""
        self._filled.wait(patience)
        self._filled.clear()
        packets = []
        while self._packets:
            number, packet = self._packets.popleft()
            lost = number - self._taken - 1
            self._taken = number
            if lost:
                self.dropped += lost
                self._broken = True
                self._want_keyframe()
            self._broken = self._broken and not packet.keyframe
            if self._broken:
                self.dropped += 1
            else:
                packets.append(packet)
        return packets
