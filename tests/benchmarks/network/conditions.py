"""What a network is like, from one moment to the next. PURE."""

from collections.abc import Sequence
from dataclasses import dataclass

SMALLEST_QUEUE = 6_000
"""Bytes: four full packets. A link that is nearly down still holds what is being sent."""


@dataclass(frozen=True)
class Condition:
    """A link towards the phone, from a moment on."""

    since: float = 0.0
    """Seconds from the start of the measurement. The first condition holds before it, too."""

    rate: float = 3_000_000.0
    """Bits of IP packets a second; 0: nothing passes meanwhile, and what waits goes on waiting."""

    queue: float = 0.2
    """Seconds at this rate: what would wait longer is dropped (drop-tail, by bytes)."""

    delay: float = 0.025
    """Seconds that a packet is on its way after it has been sent; the same on the way back."""

    jitter: float = 0.0
    """Seconds by which the delay is longer or shorter at most, evenly distributed and independent
    for each packet, as netem(8) does it: so packets overtake each other."""

    loss: float = 0.0
    """Share of the packets that are lost by chance, each independently, before the queue."""

    buffer: int | None = None
    """Bytes that the queue holds, where they do not follow the rate: a base station's buffer is as
    large as it is, however fast the radio link is at the moment. None: see `queue`."""

    ordered: bool = False
    """Whether no packet overtakes another, whatever the jitter, as a radio link sees to."""

    def row(self) -> str:
        """The line of the relay's table (relay.c)."""
        queue = max(SMALLEST_QUEUE, self.buffer or round(self.rate * self.queue / 8))
        microseconds = [round(1e6 * each) for each in (self.since, self.delay, self.jitter)]
        since, delay, jitter = microseconds
        loss = round(1e6 * self.loss)
        return f"{since} {self.rate:.0f} {queue} {delay} {jitter} {loss} {delay} {self.ordered:d}"


def capacity(
    conditions: tuple[Condition, ...], begin: float, end: float, most: float = float("inf")
) -> float:
    """The bits that pass between two moments, in seconds, where at most `most` a second are sent.
    `conditions` are in the order of their time, the first at 0."""
    ends = [*(each.since for each in conditions[1:]), end]
    return sum(
        min(each.rate, most) * max(0.0, min(end, until) - max(begin, each.since))
        for each, until in zip(conditions, ends, strict=True)
    )


def arrivals(given: Sequence[float], bits: int, link: Condition) -> list[float]:
    """When packets of one size arrive that are given to a link at these times, in seconds: each is
    sent when the one before it has been, and is then on its way for the delay."""
    free, expected = float("-inf"), []
    for moment in given:
        free = max(free, moment) + bits / link.rate
        expected.append(free + link.delay)
    return expected
