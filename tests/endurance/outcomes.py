"""What came of events that befell calls. PURE."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median


@dataclass(frozen=True)
class Outcome:
    """What came of one event."""

    kind: str
    detail: str
    losses: Mapping[str, float]
    end: str | None = None
    """The sentences that the page ended the call with; None: it went on."""

    fault: str | None = None
    """What should not have been."""


@dataclass
class Record:
    """What came of all of them."""

    flows: Sequence[str]
    outcomes: list[Outcome] = field(default_factory=list)

    @property
    def faults(self) -> list[str]:
        """What should not have been, in words."""
        return [
            f"{each.kind} ({each.detail}): {each.fault}" for each in self.outcomes if each.fault
        ]

    def table(self) -> Iterator[str]:
        """For each kind of event how often it was, and the median and the longest losses."""
        titles = [f"{flow}: median, longest" for flow in self.flows]
        yield " | ".join(["event", "times", *titles, "calls ended"])
        yield " | ".join(["---"] * (len(titles) + 3))
        for kind in dict.fromkeys(each.kind for each in self.outcomes):
            ours = [each for each in self.outcomes if each.kind == kind]
            spans = [[each.losses[flow] for each in ours] for flow in self.flows]
            cells = [f"{median(span):.1f} s, {max(span):.1f} s" for span in spans]
            ends = sum(each.end is not None for each in ours)
            yield " | ".join([kind, str(len(ours)), *cells, str(ends)])
        for end in dict.fromkeys(each.end for each in self.outcomes if each.end is not None):
            kinds = dict.fromkeys(each.kind for each in self.outcomes if each.end == end)
            yield f"ended after {', '.join(kinds)}: {end}"
