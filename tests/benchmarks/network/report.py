"""The table of what was measured: medians over the rounds. PURE."""

from collections.abc import Callable, Mapping, Sequence
from statistics import median

from tests.benchmarks.network.figures import Figures
from tests.benchmarks.table import aligned

Calls = Mapping[str, Mapping[str, list[Figures]]]
"""By scenario, and by sender."""

COLUMNS: Mapping[str, tuple[Callable[[Figures], float | None], str]] = {
    "down, s": (lambda call: call.down, ".1f"),
    "up, s": (lambda call: call.up, ".1f"),
    "queue p95, ms": (lambda call: 1000 * call.queueing, ".0f"),
    "use, %": (lambda call: 100 * call.use, ".0f"),
    "dropped, %": (lambda call: 100 * call.dropped, ".1f"),
    "freezes": (lambda call: call.received.freezes, ".1f"),
    "frozen, s": (lambda call: call.received.frozen, ".1f"),
    "longest, ms": (lambda call: 1000 * call.received.longest, ".0f"),
    "pictures/s": (lambda call: call.received.pictures, ".1f"),
    "PSNR, dB": (lambda call: call.received.psnr, ".1f"),
    "pressure, %": (lambda call: _per_cent(call.received.pressure), ".0f"),
}
"""How each is taken from a call, and how it is written."""

NOTES = """\
Medians of the calls. down, up: from the step until the sender offers no more than the link bears, \
and until it has most of it again ("never": not before the next step or the end); queue p95: how \
long a packet waits; use: share of what the sender could have had (beside a TCP stream: of all); \
dropped: packets for which the queue was full; longest: between two pictures that were shown; \
pressure: of the time, in which something on this machine waited for a processor: calls whose \
figures differ in this cannot be compared."""


def table(calls: Calls) -> str:
    """A row for each scenario and sender."""
    rows: list[tuple[str, ...]] = [("scenario", "sender", *COLUMNS)]
    for scenario, senders in calls.items():
        stepped = any(
            call.down is not None or call.up is not None
            for figures in senders.values()
            for call in figures
        )
        for sender, figures in senders.items():
            if not figures:
                continue
            cells = (
                _cell([of(call) for call in figures], layout, _absent(name, stepped))
                for name, (of, layout) in COLUMNS.items()
            )
            rows.append((scenario, sender, *cells))
    return f"{aligned(rows)}\n\n{NOTES}"


def line(call: Figures) -> str:
    """One call, as it is told when it is over."""
    cells = ((name, _cell([of(call)], layout, "–")) for name, (of, layout) in COLUMNS.items())
    return "; ".join(f"{name} {value}" for name, value in cells)


def _per_cent(share: float | None) -> float | None:
    return None if share is None else 100 * share


def _absent(column: str, stepped: bool) -> str:
    return "never" if stepped and column in ("down, s", "up, s") else "–"


def _cell(values: Sequence[float | None], layout: str, absent: str) -> str:
    """The median, where what never happened is longer than all else."""
    middle = median(float("inf") if each is None else each for each in values)
    return absent if middle == float("inf") else format(middle, layout)
