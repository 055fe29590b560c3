"""What the relay saw of a call, and the figures of it. PURE."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil
from socket import IPPROTO_UDP
from typing import Literal

BIN = 0.1
"""Seconds: rates are counted in bins of this length."""

WINDOW = 10
"""Bins: a rate is that of a second, for a key frame alone fills a bin."""

Fate = Literal["arrived", "lost", "overflown"]
FATES: tuple[Fate, ...] = ("arrived", "lost", "overflown")


@dataclass(frozen=True)
class Packet:
    """An IP packet on its way to the phone."""

    arrived: float
    """Seconds from the start until it came to the link."""

    sent: float
    """Seconds from the start until its last bit left the queue."""

    bits: int
    """Its size."""

    protocol: int
    """Of IANA's numbers: 17 is UDP, the call; 6 is TCP."""

    fate: Fate
    """Whether it arrived, was lost by chance, or found the queue full."""

    late: float
    """Seconds that the relay handed it over after its time."""


def packets(lines: Iterable[str]) -> list[Packet]:
    """Those of the relay's records (relay.c). Raises ValueError for what is none."""
    return sorted(map(_packet, lines), key=lambda each: each.arrived)


def _packet(line: str) -> Packet:
    arrived, sent, size, protocol, fate, late = map(int, line.split())
    return Packet(arrived / 1e6, sent / 1e6, 8 * size, protocol, FATES[fate], late / 1e6)


def of_the_call(all_packets: Iterable[Packet]) -> list[Packet]:
    """Those of the call: all its media and checks are UDP."""
    return [each for each in all_packets if each.protocol == IPPROTO_UDP]


def percentile(values: Iterable[float], percent: float) -> float:
    """The least value that so many per cent of the values do not exceed (nearest rank). Raises
    ValueError where there are none."""
    ordered = sorted(values)
    if not ordered:
        raise ValueError("There is no percentile of nothing.")
    return ordered[max(0, ceil(len(ordered) * percent / 100) - 1)]


def queueing(call: Iterable[Packet]) -> list[float]:
    """Seconds that each packet waited, its own sending included, of those that arrived."""
    return [each.sent - each.arrived for each in call if each.fate == "arrived"]


def offered(call: Iterable[Packet], seconds: float) -> list[float]:
    """Bits a second that came to the link, by bins."""
    return _binned(((each.arrived, each.bits) for each in call), seconds)


def carried(call: Iterable[Packet], seconds: float) -> list[float]:
    """Bits a second that left it, by bins."""
    return _binned(((each.sent, each.bits) for each in call if each.fate == "arrived"), seconds)


def _binned(sizes: Iterable[tuple[float, int]], seconds: float) -> list[float]:
    bins = [0.0] * round(seconds / BIN)
    for moment, bits in sizes:
        if 0 <= (number := int(moment / BIN)) < len(bins):
            bins[number] += bits / BIN
    return bins


def until_below(rates: Sequence[float], step: float, goal: float, hold: float) -> float | None:
    """Seconds from a step until the rate has come down for good: the means of the next second and
    of the next `hold` seconds are at most `goal`. None: they never are. `rates` are by bins."""
    length = round(hold / BIN)
    for begin in range(round(step / BIN), len(rates) - length + 1):
        held = rates[begin : begin + length]
        if sum(held[:WINDOW]) <= goal * WINDOW and sum(held) <= goal * length:
            return begin * BIN - step
    return None


def until_above(rates: Sequence[float], step: float, goal: float) -> float | None:
    """Seconds from a step until the mean of a second, of which this is the end, is at least `goal`;
    None: it never is. `rates` are by bins."""
    for end in range(round(step / BIN) + WINDOW, len(rates) + 1):
        if sum(rates[end - WINDOW : end]) >= goal * WINDOW:
            return end * BIN - step
    return None
