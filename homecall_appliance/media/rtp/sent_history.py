"""The packets that have left a transport, until there is feedback on them."""

from typing import NamedTuple

from homecall_appliance.media.rtp.results import PacketResult
from homecall_appliance.media.rtp.sequence import signed_difference
from homecall_appliance.media.rtp.transport_feedback import BASE_TICKS, TICK, TransportFeedback

MOST = 4096
"""Packets that are remembered: those of four seconds at 10 Mbit/s."""

_BASE_TIMES = 1 << 24


class _Sent(NamedTuple):
    size: int
    sent: float
    probe: int | None


class SentHistory:
    """Gives the packets of a transport their numbers, and remembers them."""

    def __init__(self) -> None:
        self._sent: dict[int, _Sent] = {}
        self._lost: set[int] = set()
        """Those of them that were told to be lost."""

        self._next = 0
        self._base_time: int | None = None

    def number(self) -> int:
        """Return the number of the next packet that leaves, beyond 16 bits."""
        return self._next

    def note(self, size: int, now: float, probe: int | None) -> None:
        """Take note that a packet leaves with that number."""
        self._sent[self._next] = _Sent(size, now, probe)
        self._next += 1
        if len(self._sent) > MOST:
            oldest = next(iter(self._sent))
            del self._sent[oldest]
            self._lost.discard(oldest)

    def results(self, feedback: TransportFeedback) -> list[PacketResult]:
        """Return what a message tells of packets that were not told of yet."""
        if self._base_time is None:
            self._base_time = feedback.base_time
        self._base_time += signed_difference(feedback.base_time, self._base_time, _BASE_TIMES)
        # The newest number is a little ahead of those that feedback is about.
        base = self._next + signed_difference(feedback.base, self._next & 0xFFFF)
        results = []
        for number, ticks in enumerate(feedback.arrivals, base):
            if number not in self._sent:
                continue
            if ticks is None:
                if number in self._lost:
                    continue
                self._lost.add(number)
                sent, arrived = self._sent[number], None
            else:
                self._lost.discard(number)
                sent = self._sent.pop(number)
                arrived = (self._base_time * BASE_TICKS + ticks) * TICK
            results.append(PacketResult(number, sent.size, sent.sent, arrived, sent.probe))
        return results
