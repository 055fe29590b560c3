"""Calls by a path, and what came of them."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from tests.reach.caller import NO_PAGE, Caller, Said
from tests.reach.plan import Outcome, Plan
from tests.reach.world import Facts, World, world
from tests.support.browsers.phone import PageError
from tests.support.scenario import idle, until

SETTLE_SECONDS = 3.0
"""Between the first picture and what happens in the call."""

IDLE_SECONDS = 120.0
"""Longer than the appliance takes to give up a call that its phone has left."""


@dataclass(frozen=True)
class Run:
    """One call."""

    outcome: Outcome
    """What came of it, or of what happened in it."""

    first: float | None
    """Seconds from the navigation to the first picture; None: there was none."""

    said: Sequence[Said]
    """What the page said, from the navigation on."""

    candidates: str = ""
    """The kinds of both ends of the path that was used last."""

    losses: Mapping[str, float] = field(default_factory=dict)
    """For each flow the longest time without it, in seconds since an event; 0: less than one."""

    said_after: Sequence[Said] = ()
    """What the page said, from the event on."""

    facts: Facts = field(default_factory=dict)

    @property
    def told_after(self) -> float | None:
        """Seconds from the navigation or the event until the page showed an end; None: never."""
        ends = [each.seconds for each in self.said_after or self.said if _is_end(each)]
        return ends[-1] if ends else None


@dataclass(frozen=True)
class Result:
    """All calls by one path."""

    path: str
    plan: Plan
    runs: Sequence[Run]
    journal: Sequence[str]
    """The daemon's warnings and errors."""

    @property
    def outcomes(self) -> Mapping[Outcome, int]:
        """How often each was."""
        return Counter(run.outcome for run in self.runs)

    @property
    def right(self) -> bool:
        """Whether each call came to what it ought to."""
        return all(run.outcome in self.plan.expect for run in self.runs)

    @property
    def first(self) -> float | None:
        """The median."""
        return _median(run.first for run in self.runs)

    @property
    def losses(self) -> Mapping[str, float]:
        """The median for each flow."""
        flows = {flow: None for run in self.runs for flow in run.losses}
        spans = {flow: [run.losses[flow] for run in self.runs if run.losses] for flow in flows}
        return {flow: round(median(each), 1) for flow, each in spans.items()}

    @property
    def told_after(self) -> float | None:
        """The median."""
        return _median(run.told_after for run in self.runs)

    def to_json(self) -> dict[str, Any]:
        """Return everything, with what follows from it."""
        return {
            "path": self.path,
            "what": self.plan.what,
            "expect": self.plan.expect,
            "right": self.right,
            "outcomes": dict(self.outcomes),
            "first": self.first,
            "losses": self.losses,
            "told_after": self.told_after,
            "runs": [asdict(run) for run in self.runs],
            "journal": self.journal,
        }


async def measure(path: str, plan: Plan, runs: int, screenshots: Path | None = None) -> Result:
    """Call so often by a path; `screenshots` is a folder for what each page shows, whenever it says
    something else, and in the end.

    Raises AssertionError with what it needs.
    """
    async with world(plan) as made, made.browser() as browser:
        calls = []
        for number in range(1, runs + 1):
            await until(made.appliance, idle, IDLE_SECONDS)
            phone = await browser.phone(before=plan.script)
            album = screenshots / f"{path}-{number}" if screenshots else None
            caller = Caller(phone, made.appliance, silent=plan.access == "none", album=album)
            calls.append(await _call(made, caller, plan))
            if screenshots:
                with suppress(PageError):
                    await phone.screenshot(screenshots / f"{path}-{number}-last.png")
            await caller.leave()
            made.undo.close()
        return Result(path, plan, calls, _complaints(made.appliance.log()))


async def _call(made: World, caller: Caller, plan: Plan) -> Run:
    first = await caller.begin(await made.appliance.link(), plan.limit)
    said = caller.diary.entries
    if first is None:
        return Run(outcome_without(said), None, said)
    first = round(first, 2)
    await asyncio.sleep(SETTLE_SECONDS)
    if plan.event is None:
        return Run("call", first, said, await caller.candidates())
    facts, window = await caller.befall(plan.event(made, caller), plan.within)
    return Run(
        "call" if window.flows else outcome_without(caller.diary.entries),
        first,
        said,
        await caller.candidates(),
        {flow: round(gap, 1) for flow, gap in window.losses.items()},
        caller.diary.entries,
        facts,
    )


def outcome_without(said: Sequence[Said]) -> Outcome:
    """What a page with this diary has come to, where no pictures come."""
    if not said:
        return "nothing"
    last = said[-1]
    if last.where == NO_PAGE:
        return NO_PAGE
    return "told" if _is_end(last) else "nothing"


def _is_end(said: Said) -> bool:
    """Whether the page shows that there is no call, and says why."""
    return said.where.partition(" ")[0] in ("end", "home") and bool(said.words)


def _complaints(log: str) -> list[str]:
    lines = log.splitlines()
    return [line for line in lines if "WARNING" in line or "ERROR" in line or "Traceback" in line]


def _median(values: Iterable[float | None]) -> float | None:
    known = [each for each in values if each is not None]
    return round(median(known), 2) if known else None
