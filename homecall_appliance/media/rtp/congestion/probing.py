"""Short bursts that are sent faster than the target, to learn what the path bears (libwebrtc,
ProbeController and ProbeBitrateEstimator)."""

from dataclasses import dataclass, field

from homecall_appliance.media.rtp.results import PacketResult

FIRST_SCALES = (3.0, 6.0)
"""Of the start rate, those of the first two clusters."""

FURTHER_SCALE, FURTHER_FROM = 2.0, 0.7
"""A cluster that has shown so much of its rate is followed by one of so many times the result."""

DURATION, LEAST_PACKETS = 0.015, 5
"""Seconds and packets of a cluster."""

LEAST_RATE = 300_000
"""Bit/s below which nothing is probed: a cluster would last for half a second."""

RESULT_TIMEOUT = 1.0
"""Seconds for the result of a cluster."""

RECOVERY_AFTER = 5.0
"""Seconds for which a drop counts as temporary: then it is tried whether it is over."""

RECOVERY_INTERVAL = 2.0
"""Seconds between two tries."""

RECOVERY_SCALE = 0.85
"""Of the rate before the drop."""

DROP = 0.66
"""A fall of the target to less than so much of itself within a second is a drop."""

PERIOD = 10.0
"""Seconds between two tries of a higher rate. libwebrtc makes them only while less is sent than the
target is; a cluster costs so little that they are made on any path that is calm, and find what a
path bears again in seconds where additive increase takes half a minute."""

ARRIVED_LEAST = 0.8
"""Part of a cluster's packets that must have arrived."""

MOST_RATIO = 2.0
"""Of arriving over leaving; beyond, a queue has let the packets go at once."""

SATURATED, UTILISATION = 0.9, 0.95
"""Where less than that part of the sent rate arrives, it is the capacity; then so much of it is
used."""


@dataclass(frozen=True)
class ProbeCluster:
    """Packets that are to leave at a rate."""

    number: int
    bits_per_second: int
    octets: int
    """How much is to be sent at least, in LEAST_PACKETS packets or more."""


@dataclass
class _Results:
    cluster: ProbeCluster
    packets: list[PacketResult] = field(default_factory=list)


class Probing:
    """Says when to probe, and what has come of it."""

    def __init__(self, maximum: float) -> None:
        self._maximum = maximum
        self._number = 0
        self._waiting: list[float] = []
        """Rates of the clusters that are to be sent."""

        self._open: dict[int, _Results] = {}
        self._began = False
        self._drop: tuple[float, float] | None = None
        """When the target fell, and from what."""

        self._targets: list[tuple[float, float]] = []
        self._recovered = float("-inf")
        self._last = float("-inf")

    def begin(self, start: float) -> None:
        """Plan the first clusters: the path is there."""
        if not self._began:
            self._began = True
            self._plan(*(scale * start for scale in FIRST_SCALES))

    def next(self, target: float, now: float, *, calm: bool) -> ProbeCluster | None:
        """Return a cluster that is to be sent now; `target` is the rate by congestion control,
        `calm`: nothing has spoken against more for a while."""
        if not self._began:
            return None
        self._watch(target, now)
        if not self._waiting:
            self._plan_further(target, now, calm=calm)
        if not self._waiting or now - self._last < DURATION:
            return None
        rate = max(self._waiting.pop(0), LEAST_RATE)
        self._number += 1
        self._last = now
        octets = round(rate * DURATION / 8)
        cluster = ProbeCluster(self._number, round(rate), octets)
        self._open[cluster.number] = _Results(cluster)
        if len(self._open) > 8:
            del self._open[min(self._open)]
        return cluster

    def result(self, packet: PacketResult) -> float | None:
        """Take what became of a packet of a cluster; return the rate that the cluster has shown so
        far, None where it has shown none yet."""
        results = self._open.get(packet.probe or 0)
        if results is None or packet.arrived is None:
            return None
        if results.packets and packet.sent - results.packets[0].sent > RESULT_TIMEOUT:
            del self._open[results.cluster.number]
            return None
        results.packets.append(packet)
        shown = _shown(results)
        if shown is not None and shown >= FURTHER_FROM * results.cluster.bits_per_second:
            if not self._waiting and results.cluster.bits_per_second < self._maximum:
                self._plan(FURTHER_SCALE * shown)
            del self._open[results.cluster.number]
        return shown

    def _plan(self, *rates: float) -> None:
        for rate in rates:
            self._waiting.append(min(rate, self._maximum))
            if rate >= self._maximum:
                break

    def _watch(self, target: float, now: float) -> None:
        self._targets.append((now, target))
        while now - self._targets[0][0] > 1.0:
            self._targets.pop(0)
        highest = max(rate for _, rate in self._targets)
        if target < DROP * highest:
            if self._drop is None or now - self._drop[0] > RECOVERY_AFTER:
                self._drop = now, highest
            self._targets = [(now, target)]

    def _plan_further(self, target: float, now: float, *, calm: bool) -> None:
        if self._drop and now - self._drop[0] > RECOVERY_AFTER:
            self._drop = None
        if self._drop and target < DROP * self._drop[1]:
            if now - max(self._recovered, self._drop[0]) >= RECOVERY_INTERVAL:
                self._recovered = now
                self._plan(RECOVERY_SCALE * self._drop[1])
        elif calm and target < self._maximum and now - self._last >= PERIOD:
            self._plan(FURTHER_SCALE * target)


def _shown(results: _Results) -> float | None:
    """Return the rate that a cluster has shown, in bit/s (libwebrtc, ProbeBitrateEstimator)."""
    packets = results.packets
    octets = sum(each.size for each in packets)
    if len(packets) < LEAST_PACKETS * ARRIVED_LEAST or (
        octets < results.cluster.octets * ARRIVED_LEAST
    ):
        return None
    by_sending = sorted(packets, key=lambda each: each.sent)
    by_arrival = sorted(packets, key=lambda each: each.arrived or 0.0)
    sending = by_sending[-1].sent - by_sending[0].sent
    arriving = (by_arrival[-1].arrived or 0.0) - (by_arrival[0].arrived or 0.0)
    if not (0 < sending <= RESULT_TIMEOUT and 0 < arriving <= RESULT_TIMEOUT):
        return None
    sent_rate = 8 * (octets - by_sending[-1].size) / sending
    arrived_rate = 8 * (octets - by_arrival[0].size) / arriving
    if arrived_rate > MOST_RATIO * sent_rate:
        return None
    if arrived_rate < SATURATED * sent_rate:
        return UTILISATION * arrived_rate
    return min(sent_rate, arrived_rate)
