"""Figures about the running appliance, for Prometheus (its text format)."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import NoReturn, Protocol

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector

CONTENT_TYPE = CONTENT_TYPE_LATEST

LAG_INTERVAL = 1.0
"""Seconds between two looks at the event loop."""

_BUCKETS = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0)
"""Seconds: from a tenth of a millisecond to a second."""

_OUTCOMES = frozenset({"relayed", "queued", "delivered", "dropped"})


class Sample(Protocol):
    """The value of a figure at one moment."""

    @property
    def name(self) -> str:
        """The figure's name; a counter's ends with "_total"."""
        ...

    @property
    def kind(self) -> str:
        """Either "counter" or "gauge"."""
        ...

    @property
    def text(self) -> str:
        """What it tells, in a sentence; the same for all samples of one name."""
        ...

    @property
    def labels(self) -> Mapping[str, str]:
        """What sets it apart from others of the same name."""
        ...

    @property
    def value(self) -> float:
        """In the unit that the name ends with."""
        ...


class Metrics:
    """Counts what it is told of, and writes it down with what it is given."""

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
        """Nothing: how many sessions there are is no event."""

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

    def text(self, samples: Iterable[Sample] = ()) -> bytes:
        """Return every figure, and these samples, as CONTENT_TYPE says."""
        given = CollectorRegistry()
        given.register(_Given(samples))
        return generate_latest(self._registry) + generate_latest(given)

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


class _Given(Collector):
    """Samples, each with the others of its name."""

    def __init__(self, samples: Iterable[Sample]) -> None:
        self._samples = samples

    def collect(self) -> Iterator[Metric]:
        families: dict[str, Metric] = {}
        for sample in self._samples:
            name = sample.name.removesuffix("_total")  # which a counter's family is named without
            family = families.setdefault(name, Metric(name, sample.text, sample.kind))
            family.add_sample(sample.name, dict(sample.labels), sample.value)
        yield from families.values()
