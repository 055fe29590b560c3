"""The figures of a call over a network. PURE."""

from collections.abc import Sequence
from dataclasses import dataclass

from tests.benchmarks.network.conditions import Condition, capacity
from tests.benchmarks.network.records import (
    BIN,
    Packet,
    carried,
    of_the_call,
    offered,
    percentile,
    queueing,
    until_above,
    until_below,
)
from tests.benchmarks.network.scenarios import BITRATE, Scenario

MOST = BITRATE + 100_000
"""Bits a second of IP packets that a sender has a use for: the picture and the sound, with their
headers. A link that bears more is not to be filled."""

BELOW, HOLD = 1.05, 3.0
"""A sender has come down to a new rate when it offers no more than so many times of it, in the next
second and in the next so many."""

ABOVE = 0.8
"""A sender is up again when it has such a share of what it could have."""


@dataclass(frozen=True)
class Received:
    """What the page says of the picture, and the machine of itself, during the measurement."""

    pictures: float
    """Decoded a second."""

    freezes: int
    """As W3C webrtc-stats counts them (freezeCount)."""

    frozen: float
    """Seconds of them (totalFreezesDuration)."""

    longest: float
    """Seconds, the longest between two pictures that were shown."""

    psnr: float | None
    """dB of the luma, the mean of the pictures that were compared; None where there were none."""

    compared: int
    """How many those are."""

    codec: str
    """Such as "H264"."""

    pressure: float | None
    """Share of the time in which something on this machine waited for a processor (Linux'
    Documentation/accounting/psi.rst); None where the kernel does not tell. Much of it, and what is
    measured is the machine, not the network."""


@dataclass(frozen=True)
class Figures:
    """One call."""

    down: float | None
    """Seconds from the step down until the sender offers no more than the link bears; None where
    there is no step, or it never did."""

    up: float | None
    """Seconds from the step up until most of the rate is used again, likewise."""

    queueing: float
    """Seconds that a packet of the call waited at the link: the 95th percentile."""

    use: float
    """Share that the call took of what the link bears, as far as the sender has a use for it: all
    its packets, with what is sent again and what only probes. Beside a TCP stream, while that
    sends, the share of all that the link bears."""

    dropped: float
    """Share of the call's packets for which the queue was full."""

    received: Received
    offered: tuple[float, ...]
    """Bits a second that the call offered to the link, by bins (see records.BIN)."""

    carried: tuple[float, ...]
    """Bits a second that the link carried of it, likewise."""


def figures(
    scenario: Scenario,
    conditions: tuple[Condition, ...],
    packets: Sequence[Packet],
    received: Received,
) -> Figures:
    """Those of the call whose packets the relay saw. Raises ValueError where none arrived."""
    call = of_the_call(packets)
    came, went = offered(call, scenario.seconds), carried(call, scenario.seconds)
    begin, end = scenario.tcp or (0.0, scenario.seconds)
    could = capacity(conditions, begin, end, float("inf") if scenario.tcp else MOST)
    took = sum(went[round(begin / BIN) : round(end / BIN)]) * BIN
    return Figures(
        down=_down(scenario, conditions, came),
        up=_up(scenario, conditions, went),
        queueing=percentile(queueing(call), 95),
        use=took / could,
        dropped=sum(each.fate == "overflown" for each in call) / len(call),
        received=received,
        offered=tuple(came),
        carried=tuple(went),
    )


def _down(
    scenario: Scenario, conditions: Sequence[Condition], came: Sequence[float]
) -> float | None:
    if scenario.narrow is None:
        return None
    goal = BELOW * _rate(conditions, scenario.narrow)
    return until_below(came[: _bins(scenario.widen)], scenario.narrow, goal, HOLD)


def _up(scenario: Scenario, conditions: Sequence[Condition], went: Sequence[float]) -> float | None:
    if scenario.widen is None:
        return None
    goal = ABOVE * min(MOST, _rate(conditions, scenario.widen))
    return until_above(went, scenario.widen, goal)


def _rate(conditions: Sequence[Condition], moment: float) -> float:
    return [each for each in conditions if each.since <= moment][-1].rate


def _bins(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds / BIN)
