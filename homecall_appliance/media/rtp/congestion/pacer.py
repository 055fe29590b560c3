"""When packets leave: not all of a picture at once (libwebrtc, PacingController)."""

from collections import deque
from enum import IntEnum
from typing import Generic, NamedTuple, TypeVar

BURST = 0.010
"""Seconds of sending that leave together: one wake-up and one system call."""

MOST_WAIT = 0.5
"""Seconds of sending that may wait, at the pacing rate; what comes beyond has no room."""

P = TypeVar("P")


class Priority(IntEnum):
    """What goes first."""

    RETRANSMISSION = 0
    PICTURE = 1


class _Waiting(NamedTuple, Generic[P]):
    packet: P
    size: int


class Pacer(Generic[P]):
    """Keeps packets until they may leave. Time is an argument, in seconds."""

    def __init__(self) -> None:
        self.rate = 1_000_000
        """Bit/s at which packets leave."""

        self._waiting: dict[Priority, deque[_Waiting[P]]] = {each: deque() for each in Priority}
        self._octets = 0
        self._free = float("-inf")
        """When the line is free again."""

    def put(self, packets: list[P], sizes: list[int], priority: Priority) -> bool:
        """Add packets of these sizes in bytes; False: there is no room, and none was added."""
        octets = sum(sizes)
        if self._octets and 8 * (self._octets + octets) > MOST_WAIT * self.rate:
            return False
        self._octets += octets
        waiting = self._waiting[priority]
        waiting.extend(map(_Waiting, packets, sizes))
        return True

    def due(self, now: float) -> list[P]:
        """Return the packets that may leave now."""
        self._free = max(self._free, now - BURST)
        packets = []
        for waiting in self._waiting.values():
            while waiting and self._free <= now:
                packet, size = waiting.popleft()
                packets.append(packet)
                self._octets -= size
                self._free += 8 * size / self.rate
        return packets

    def clear(self, priority: Priority) -> None:
        """Forget what waits with a priority."""
        self._octets -= sum(each.size for each in self._waiting[priority])
        self._waiting[priority].clear()

    def next(self) -> float | None:
        """Return when to ask `due` again; None: nothing waits."""
        if not self._octets:
            return None
        return self._free + BURST
