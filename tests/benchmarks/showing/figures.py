"""What was measured of each display, and the table of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median, quantiles

from tests.benchmarks.table import aligned


@dataclass(frozen=True)
class Counts:
    """What has been counted since the call began."""

    time: float
    """Seconds, of any clock."""

    sent: int
    """Pictures that have left the phone."""

    encoding: float
    """Seconds that the phone has spent on encoding."""

    decoded: int
    """Pictures, by the daemon's account."""

    processor: float
    """Seconds that the daemon and the processes that it has started have had of a processor."""


@dataclass(frozen=True)
class Shown:
    """Some seconds of a call."""

    display: str

    begin: Counts
    end: Counts

    ages: Sequence[float]
    """Milliseconds from the painting of each picture until it was on the screen."""

    resident: int
    """Bytes of memory of the daemon, in the end."""

    size: str
    """Of the decoded pictures."""

    codec: str

    @property
    def seconds(self) -> float:
        """How long it was."""
        return self.end.time - self.begin.time

    @property
    def share(self) -> float:
        """Of a core, that the daemon and its processes took."""
        return (self.end.processor - self.begin.processor) / self.seconds

    @property
    def encoding(self) -> float:
        """Milliseconds that the phone took to encode a picture."""
        sent = self.end.sent - self.begin.sent
        return 1000 * (self.end.encoding - self.begin.encoding) / sent if sent else 0.0


NOTES = """\
Medians of the rounds; a second's pictures sent by the phone, decoded by the daemon and whole on \
the screen;
encoded: ms that the phone takes for one; age: ms from its painting in the phone's page until it \
is on the screen,
the phone's own stages included;
cpu: of the daemon and its processes, per cent of a core, camera, sending and sound included; path:
what a shown picture takes of it, ms,
by the difference to the display "none"."""

HEAD = (
    *("display", "codec", "size", "sent", "decoded", "shown", "encoded"),
    *("age", "p95", "worst", "cpu", "path", "MiB"),
)


def table(rounds: Sequence[Shown]) -> str:
    """A row for each display."""
    displays = dict.fromkeys(each.display for each in rounds)
    idle = [each.share for each in rounds if each.display == "none"]
    rows = [
        _row([each for each in rounds if each.display == display], median(idle) if idle else None)
        for display in displays
    ]
    return "\n".join([aligned([HEAD, *rows]), "", NOTES])


def _row(rounds: Sequence[Shown], idle: float | None) -> tuple[str, ...]:
    last, ages = rounds[-1], [age for each in rounds for age in each.ages]
    shown = median(len(each.ages) / each.seconds for each in rounds)
    share = median(each.share for each in rounds)
    late = []
    if len(ages) > 1:
        late = [median(ages), quantiles(ages, n=20, method="inclusive")[-1], max(ages)]
    return (
        last.display,
        last.codec,
        last.size,
        _rate(rounds, "sent"),
        _rate(rounds, "decoded"),
        f"{shown:.1f}",
        f"{median(each.encoding for each in rounds):.1f}",
        *([f"{each:.0f}" for each in late] or ["-"] * 3),
        f"{100 * share:.1f}",
        "-" if idle is None or not shown else f"{1000 * (share - idle) / shown:.2f}",
        f"{median(each.resident for each in rounds) / 2**20:.0f}",
    )


def _rate(rounds: Sequence[Shown], count: str) -> str:
    counted = (getattr(each.end, count) - getattr(each.begin, count) for each in rounds)
    rates = (number / each.seconds for number, each in zip(counted, rounds, strict=True))
    return f"{median(rates):.1f}"
