"""What was measured of each sender, and the table of it."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import chain
from statistics import median

from tests.benchmarks.table import Row, aligned
from tests.support.watching import Taken, View, Watched


class Figures:
    """Of one sender, over all rounds."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.first: list[float] = []
        """Milliseconds from the navigation to the first picture."""

        self.painting: list[float] = []
        """Shares of a core that the sender takes without a viewer, where it paints."""

        self._watched: defaultdict[int, list[Watched]] = defaultdict(list)
        self._behind: defaultdict[str, defaultdict[int, list[Taken]]] = defaultdict(
            lambda: defaultdict(list)
        )

    def add(self, viewers: int, watched: Watched, behind: Sequence[str]) -> None:
        """Add a measurement, of the sending process and those that are behind it."""
        self._watched[viewers].append(watched)
        for name, taken in zip(behind, watched.taken[1:], strict=True):
            self._behind[name][viewers].append(taken)

    def row(self, viewers: Sequence[int]) -> Row:
        """The sender."""
        seen = [self._views(number) for number in viewers]
        first = sorted(self.first)
        return (
            self.name,
            *(f"{self._cost(number):.1f}" for number in viewers),
            _mebibytes([each.taken[0] for each in self._watched[viewers[-1]]]),
            *(f"{median(view.bits for view in views) / 1e6:.2f}" for views in seen),
            *(f"{median(view.pictures for view in views):.1f}" for views in seen),
            str(sum(view.freezes for views in seen for view in views)),
            f"{median(first):.0f}" if first else "",
            f"{first[-1]:.0f}" if first else "",
            *(f"{self._age(number):.0f}" for number in viewers),
            seen[0][0].codec,
        )

    def behind(self, viewers: Sequence[int]) -> Iterator[Row]:
        """Its other processes."""
        for name, taken in self._behind.items():
            shares = (median(each.processor for each in taken[number]) for number in viewers)
            yield (
                f"{self.name}'s {name}",
                *(f"{100 * share:.1f}" for share in shares),
                _mebibytes(taken[viewers[-1]]),
            )
        if self.painting:
            painting = f"{100 * median(self.painting):.1f}"
            yield f"{self.name}'s painting, subtracted", *([painting] * len(viewers))

    def _cost(self, viewers: int) -> float:
        """Per cent of a core per viewer."""
        painting = median(self.painting) if self.painting else 0.0
        taken = median(each.taken[0].processor for each in self._watched[viewers])
        return 100 * (taken - painting) / viewers

    def _age(self, viewers: int) -> float:
        return median(chain.from_iterable(each.ages for each in self._watched[viewers]))

    def _views(self, viewers: int) -> list[View]:
        return [view for each in self._watched[viewers] for view in each.views]


NOTES = """\
@N: with N viewers at a time; medians of all viewers and rounds.
cpu: the sending process, per cent of a core per viewer (read it beside pics); MiB: its memory, at \
the last N;
Mbit: received per viewer and second, picture and sound; pics: decoded per second; freezes: of all \
viewers;
first: ms from the navigation to the first picture, and the worst; late: ms from the painting of a \
picture to the screen.
Behind the senders, per cent of a core in all, however many viewers:"""


def table(figures: Sequence[Figures], viewers: Sequence[int]) -> str:
    """All senders, and what is behind them."""
    cpu, mbit, pics, late = (
        [f"{name}@{number}" for number in viewers] for name in ("cpu", "Mbit", "pics", "late")
    )
    head = ("sender", *cpu, "MiB", *mbit, *pics, "freezes", "first", "worst", *late, "codec")
    behind = ("", *cpu, "MiB")
    senders = aligned([head, *(each.row(viewers) for each in figures)])
    others = aligned([behind, *chain.from_iterable(each.behind(viewers) for each in figures)])
    return "\n".join([senders, "", NOTES, others])


def _mebibytes(taken: Sequence[Taken]) -> str:
    return f"{median(each.resident for each in taken) / 2**20:.0f}"
