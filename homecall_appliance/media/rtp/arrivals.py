"""When the packets of a transport came, for the feedback on them."""

from homecall_appliance.media.rtp.sequence import Unwrapper
from homecall_appliance.media.rtp.transport_feedback import BASE_TICKS, TICK, TransportFeedback

INTERVAL = 0.1
"""Seconds from one message to the next: libwebrtc's usual (RemoteEstimatorProxy)."""

WINDOW = 0.5
"""Seconds for which an arrival is told again with one that came out of order."""

MOST = 400
"""Packets of one message, and arrivals that are kept."""

_MOST_TICKS = 0x7FFF
"""Ticks between two arrivals in one message: eight seconds."""


class Arrivals:
    """The transport-wide numbers that have come, and the messages about them."""

    def __init__(self) -> None:
        self._number = Unwrapper(16)
        self._arrived: dict[int, float] = {}
        """By the number, beyond 16 bits."""

        self._next: int | None = None
        """The number with which the next message begins."""

        self._count = 0

    def received(self, number: int, arrived: float) -> None:
        """Take note of a packet with this number, 16 bits."""
        unwrapped = self._number.unwrap(number)
        if self._next is None or unwrapped < self._next:
            self._next = unwrapped
        self._arrived.setdefault(unwrapped, arrived)
        if len(self._arrived) > MOST:
            del self._arrived[min(self._arrived)]

    @property
    def waits(self) -> bool:
        """Whether there is anything to be told."""
        return self._next is not None and any(number >= self._next for number in self._arrived)

    def feedback(self, sender_ssrc: int, ssrc: int, now: float) -> TransportFeedback | None:
        """Return the message about what came since the last one, None where nothing did."""
        if self._next is None or not self.waits:
            return None
        begin = max(self._next, max(self._arrived) - MOST + 1)
        told = {n: at for n, at in sorted(self._arrived.items()) if n >= begin}
        first = next(iter(told.values()))
        base_time = int(first / TICK) // BASE_TICKS
        ticks: list[int | None] = []
        last = base_time * BASE_TICKS
        end = begin
        for number, arrived in told.items():
            at = round(arrived / TICK)
            if abs(at - last) > _MOST_TICKS:
                break  # the rest is for the next message
            ticks += [None] * (number - end)
            ticks.append(at - base_time * BASE_TICKS)
            last, end = at, number + 1
        self._next = end
        self._arrived = {n: at for n, at in self._arrived.items() if n >= end or now - at <= WINDOW}
        self._count = self._count + 1 & 0xFF
        return TransportFeedback(
            sender_ssrc, ssrc, begin & 0xFFFF, self._count, base_time & 0xFFFFFF, tuple(ticks)
        )
