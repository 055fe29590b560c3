"""What a siege brought, as text."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from tests.benchmarks.attacker import Counts
from tests.benchmarks.generator import Figures
from tests.benchmarks.monitor import Reading

HEAD = f"{'':20}{'waiting':>9}{'active':>9}{'tasks':>9}{'descriptors':>13}{'RSS, MiB':>10}"
"""Above the rows of readings."""


@dataclass(frozen=True)
class Siege:
    """What a siege brought."""

    figures: Figures
    attacks: Counts
    refusals: Counter[str]
    after: Reading


def row(name: str, reading: Reading | None) -> str:
    """Return what the daemon held at a moment; None: it did not say."""
    if reading is None:
        return f"{name:20} no answer"
    return (
        f"{name:20}{reading.waiting:9}{reading.active:9}{reading.tasks:9}"
        f"{reading.descriptors:13}{reading.rss / 2**20:10.1f}"
    )


def report(siege: Siege) -> Iterator[str]:
    """Return the relay's figures, the attacks, and what was refused."""
    figures, newcomers = siege.figures, siege.figures["newcomers"]
    for name in ("messages", "lost", "doubled", "outOfOrder"):
        yield f"{name:36}{figures[name]:10}"
    yield from _rows(
        {
            "messages a second": figures["messagesPerSecond"],
            "latency p50, ms": figures["p50"],
            "latency p99, ms": figures["p99"],
            "latency max, ms": figures["max"],
            "daemon busy, %": 100 * figures["server"]["busy"],
            "daemon kept off its core, %": 100 * figures["server"]["keptWaiting"],
            "generator busy, %": 100 * figures["generator"]["busy"],
            "generator event loop lag p99, ms": figures["generator"]["lagP99"],
            "generator event loop lag max, ms": figures["generator"]["lagMax"],
        }
    )
    if newcomers["count"]:
        yield f"{'newcomers':36}{newcomers['count']:10}"
        yield from _rows(
            {
                "newcomers, link to answer p50, ms": newcomers["p50"],
                "newcomers, link to answer p99, ms": newcomers["p99"],
                "newcomers, link to answer max, ms": newcomers["max"],
            }
        )
    yield f"\n{'attack':36}{'tried':>10}{'let in':>10}{'ended':>10}"
    for name, counts in siege.attacks.items():
        yield f"{name:36}{counts['tried']:10}{counts['letIn']:10}{counts['ended']:10}"
    yield f"\n{'refused by the daemon':36}{siege.refusals.total():10}"
    for reason, count in siege.refusals.most_common():
        yield f"{reason:36}{count:10}"


def _rows(figures: Figures) -> Iterator[str]:
    for name, figure in figures.items():
        yield f"{name:36}{figure:10.1f}"
