"""A sender with congestion control before a simulated bottleneck: a queue that is served at a rate,
a delay, jitter and losses. Nothing waits for real time, and what is drawn is drawn by a seed."""

import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from homecall_appliance.media.rtp.congestion.controller import CongestionController
from homecall_appliance.media.rtp.results import PacketResult

STEP = 0.005
"""Seconds of one step of the simulation."""

FEEDBACK = 0.1
"""Seconds between two feedback messages."""

REPORT = 1.0
"""Seconds between two receiver reports."""

PACKET = 1200
"""Bytes."""

OFFSET = 1000.0
"""Seconds by which the receiver's clock is ahead of the sender's."""


@dataclass
class Path:
    """The way of the packets."""

    rate: Callable[[float], float] = lambda _: 3e6
    """Bit/s at a time in seconds."""

    delay: float = 0.02
    """Seconds there; feedback takes as long back."""

    jitter: float = 0.0
    """Seconds by which the delay of a packet may differ, evenly distributed."""

    loss: float = 0.0
    """Part of the packets that is lost."""

    queue: float = 0.3
    """Seconds that a packet may wait; what would wait longer is dropped."""

    other: Callable[[float, float], float] | None = None
    """A competing flow: bit/s that it sends, by the time and the delay in the queue."""


@dataclass
class Course:
    """What happened, by time."""

    targets: list[tuple[float, float]] = field(default_factory=list)
    delays: list[tuple[float, float]] = field(default_factory=list)
    """Seconds in the queue."""

    arrived: list[tuple[float, int]] = field(default_factory=list)
    """Bytes."""

    def share(self, begin: float, end: float, rate: float) -> float:
        """Which part of a rate arrived in a time."""
        octets = sum(size for at, size in self.arrived if begin <= at < end)
        return 8 * octets / (end - begin) / rate

    def delay(self, begin: float, end: float, quantile: float = 0.95) -> float:
        """A quantile of the delay in the queue, in a time."""
        delays = sorted(each for at, each in self.delays if begin <= at < end)
        return delays[int(quantile * (len(delays) - 1))]

    def first(self, after: float, reached: Callable[[float], bool]) -> float:
        """Seconds from a time until the target has reached something for good in two seconds."""
        later = [(at, target) for at, target in self.targets if at >= after]
        for place, (at, target) in enumerate(later):
            if reached(target) and all(
                reached(each) for when, each in later[place:] if when < at + 2
            ):
                return at - after
        return float("inf")


class Simulation:
    """A call by a path."""

    def __init__(self, path: Path, controller: CongestionController, seed: int) -> None:
        self.course = Course()
        self._path = path
        self._controller = controller
        self._rng = random.Random(seed)
        self._number = 0
        self._debt = 0.0
        """Bits that the encoder has given and that have not left."""

        self._queue = 0.0
        """Seconds that wait in the bottleneck."""

        self._padding: list[tuple[int, float]] = []
        """The clusters and the times of packets that a probe still has to send."""

        self._way: deque[PacketResult] = deque()
        self._told = self._reported = 0.0
        self._sent = self._lost = 0
        """Packets since the last receiver report."""

        self._pending: list[tuple[float, list[PacketResult]]] = []
        """Feedback on its way, by the time of its arrival."""

    def step(self, now: float, source: float) -> None:
        """Let a step pass in which the encoder gives `source` bit/s at most."""
        rate = self._path.rate(now)
        if self._path.other:
            self._queue += self._path.other(now, self._queue) * STEP / rate
        for cluster, at in self._leaving(now, source):
            self._send(cluster, at, rate)
        self._queue = max(0.0, self._queue - STEP)
        if now - self._told >= FEEDBACK:
            self._tell(now)
        if now - self._reported >= REPORT:
            self._controller.loss_reported(self._lost / max(1, self._sent), REPORT, now)
            self._reported, self._sent, self._lost = now, 0, 0
        while self._pending and self._pending[0][0] <= now:
            self._controller.feedback(self._pending.pop(0)[1], now)
        self._controller.tick(now)
        self.course.targets.append((now, self._controller.target_bitrate))

    def _leaving(self, now: float, source: float) -> list[tuple[int | None, float]]:
        """The packets of this step: their probe clusters, and when they leave."""
        if probe := self._controller.probe(now):
            apart = 8 * PACKET / probe.bits_per_second
            count = max(5, probe.octets // PACKET)
            self._padding += [(probe.number, now + place * apart) for place in range(count)]
        cluster = self._padding[0][0] if self._padding else None
        leaving: list[tuple[int | None, float]] = []
        self._debt += min(self._controller.target_bitrate, source) * STEP
        while self._debt >= 8 * PACKET:
            self._debt -= 8 * PACKET
            leaving.append((cluster, now))
        while self._padding and self._padding[0][1] < now + STEP:
            leaving.append(self._padding.pop(0))
        return leaving

    def _send(self, cluster: int | None, at: float, rate: float) -> None:
        path = self._path
        self._controller.packet_sent(at)
        arrived: float | None = None
        if self._queue <= path.queue and self._rng.random() >= path.loss:
            self._queue += 8 * PACKET / rate
            late = self._queue + path.delay + path.jitter * (2 * self._rng.random() - 1)
            arrived = at + late + OFFSET
            self.course.arrived.append((at + late, PACKET))
            self.course.delays.append((at, self._queue))
        self._sent += 1
        self._lost += arrived is None
        self._way.append(PacketResult(self._number, PACKET, at, arrived, cluster))
        self._number += 1

    def _tell(self, now: float) -> None:
        """Let feedback leave about all up to the last packet that has come by now."""
        self._told = now
        come = [
            each.number
            for each in self._way
            if each.sent < now - 0.5 or (each.arrived and each.arrived - OFFSET <= now)
        ]
        if come:
            told = [each for each in self._way if each.number <= max(come)]
            self._way = deque(each for each in self._way if each.number > max(come))
            self._pending.append((now + self._path.delay, told))


def simulate(
    path: Path,
    seconds: float,
    *,
    start: int = 800_000,
    maximum: int = 3_500_000,
    source: Callable[[float], float] = lambda _: float("inf"),
    seed: int = 1,
) -> Course:
    """Run a call; `source` is the most bit/s that the encoder gives at a time."""
    controller = CongestionController(start, 30_000, maximum)
    controller.round_trip(2 * path.delay)
    simulation = Simulation(path, controller, seed)
    for step in range(round(seconds / STEP)):
        simulation.step(step * STEP, source(step * STEP))
    return simulation.course
