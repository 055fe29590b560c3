"""Figures about the running appliance, for Prometheus (its text format, version 0.0.4)."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import NoReturn

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

CONTENT_TYPE = CONTENT_TYPE_LATEST

LAG_INTERVAL = 1.0
"""Seconds between two looks at the event loop."""

_BUCKETS = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0)
"""Seconds: from a tenth of a millisecond to a second."""

_OUTCOMES = frozenset({"relayed", "queued", "delivered", "dropped"})


class Metrics:
    """Counts what it is told of, and asks for the rest when the figures are read."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._messages = _Counts(
            "homecall_messages", "Messages of signaling.", ["type", "direction", "outcome"]
        )
        self._rejected = _Counts(
            "homecall_rejected",
            "What was refused: messages by error code, connections by limit.",
            ["reason"],
        )
        self._dropped = _Counts(
            "homecall_dropped_datagrams",
            "Datagrams at the ports of calls that did not count, by reason.",
            ["reason"],
        )
        for counts in (self._messages, self._rejected, self._dropped):
            self._registry.register(counts)
        self._relay = Histogram(
            "homecall_relay_seconds",
            "From the receipt of a message to its writing to the other socket.",
            buckets=_BUCKETS,
            registry=self._registry,
        )
        self._lag = Histogram(
            "homecall_event_loop_lag_seconds",
            "How late the event loop is.",
            buckets=_BUCKETS,
            registry=self._registry,
        )
        self._sessions = Gauge(
            "homecall_sessions", "Sessions by state.", ["state"], registry=self._registry
        )

    def gauge(self, name: str, text: str, read: Callable[[], float]) -> None:
        """Add a figure that is asked for when the figures are read."""
        Gauge(name, text, registry=self._registry).set_function(read)

    def counter(self, name: str, text: str, read: Callable[[], float]) -> None:
        """Add a figure that only grows, likewise."""
        self._registry.register(_Count(name, text, read))

    def sessions(self, counts: Callable[[], Mapping[str, int]]) -> None:
        """Add the numbers of sessions by state, likewise."""
        for state in counts():
            self._sessions.labels(state).set_function(partial(_value, counts, state))

    def calls(self, read: Callable[[], Sequence[Mapping[str, float]]]) -> None:
        """Add the figures of each call of the moment, likewise, in the order of the calls."""
        self._registry.register(_Calls(read))

    def message(
        self,
        session_id: str | None,  # noqa: ARG002 - no id leaves by the figures
        kind: str,
        direction: str,
        outcome: str,
        size: int,  # noqa: ARG002
        *,
        live: bool,  # noqa: ARG002
    ) -> None:
        """Count a message of signaling by its type, direction and outcome."""
        self._messages.values[kind, direction, outcome] += 1
        if direction == "in" and outcome not in _OUTCOMES:
            self.rejected(outcome)

    def attached(self, session_id: str) -> None:
        """Nothing: the number of sessions is asked for."""

    lost = ended = attached

    def rejected(self, reason: str) -> None:
        """Count a refusal."""
        self._rejected.values[(reason,)] += 1

    def datagram_dropped(self, reason: str) -> None:
        """Count a datagram that did not count."""
        self._dropped.values[(reason,)] += 1

    def relayed(self, seconds: float) -> None:
        """Take the time that a message took through the appliance."""
        self._relay.observe(seconds)

    def text(self) -> bytes:
        """Return every figure, as CONTENT_TYPE says."""
        return generate_latest(self._registry)

    async def watch_event_loop(self) -> NoReturn:
        """Measure how late the event loop is, until cancelled."""
        clock = asyncio.get_running_loop().time
        while True:
            due = clock() + LAG_INTERVAL
            await asyncio.sleep(LAG_INTERVAL)
            self._lag.observe(max(0.0, clock() - due))


class _Counts(Collector):
    """Counters by labels, at the price of a dictionary: they count every message."""

    def __init__(self, name: str, text: str, labels: list[str]) -> None:
        self.values: Counter[tuple[str, ...]] = Counter()
        self._family = partial(CounterMetricFamily, name, text, labels=labels)

    def collect(self) -> Iterator[CounterMetricFamily]:
        family = self._family()
        for labels, value in self.values.items():
            family.add_metric(labels, value)
        yield family


class _Count(Collector):
    """A counter that is asked for."""

    def __init__(self, name: str, text: str, read: Callable[[], float]) -> None:
        self._name, self._text, self._read = name, text, read

    def collect(self) -> Iterator[CounterMetricFamily]:
        yield CounterMetricFamily(self._name, self._text, value=self._read())


class _Calls(Collector):
    """Figures of calls. A call is a number from 1 on, as no id leaves by the figures."""

    def __init__(self, read: Callable[[], Sequence[Mapping[str, float]]]) -> None:
        self._read = read

    def collect(self) -> Iterator[GaugeMetricFamily]:
        families: dict[str, GaugeMetricFamily] = {}
        for number, figures in enumerate(self._read(), 1):
            for name, value in figures.items():
                text = f"Of a call in progress: {name.replace('_', ' ')}."
                family = families.setdefault(
                    name, GaugeMetricFamily(f"homecall_call_{name}", text, labels=["call"])
                )
                family.add_metric([str(number)], value)
        yield from families.values()


def _value(counts: Callable[[], Mapping[str, int]], state: str) -> float:
    return counts()[state]
