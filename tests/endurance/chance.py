"""Events by chance, one after the other, and what each does to the call."""

import asyncio
from collections.abc import Iterator
from random import Random

from tests.endurance.corner import Corner, Events
from tests.endurance.outcomes import Outcome, Record
from tests.support.browsers.phone import PageError
from tests.support.losses import Window
from tests.support.scenario import idle, until
from tests.support.watch import Watch

BEGIN_SECONDS = 90.0
"""Longer than a call takes to begin, on a busy machine or an emulated one."""

END_SECONDS = 60.0
"""Longer than the appliance takes to give up a call that its phone has left."""

PAUSE_SECONDS = 1.0, 6.0
"""Between two events, in which all is well."""


class Trial:
    """Events that befall the call of a corner."""

    def __init__(self, corner: Corner, random: Random) -> None:
        self.record = Record(corner.flows)
        self._corner = corner
        self._random = random
        self._watch = Watch(corner)
        self._clock = asyncio.get_running_loop().time

    async def run(self, seconds: float) -> None:
        """Let things happen for so long; the last one is waited for."""
        deadline = self._clock() + seconds
        kinds = deal(self._corner.events, self._random)
        await self._begin("the first call")
        while self._clock() < deadline:
            outcome = await self._rest() or await self._try(next(kinds))
            self._note(outcome)
            if outcome.end is not None or outcome.fault is not None:
                await self._begin(f"a new call after: {outcome.kind}")

    async def _try(self, kind: str) -> Outcome:
        """Let one thing happen, and see what comes of it."""
        event = self._corner.events[kind]
        window = self._watch.window()
        try:
            happened = await self._watch.during(window, event.happen(self._random))
        except (PageError, TimeoutError) as error:
            return self._fault(Outcome(kind, "", window.losses), f"{error}")
        over = self._clock()
        back = await self._watch.until(
            window, lambda: window.ended or window.steady(over), event.within
        )
        outcome = Outcome(kind, happened.detail, window.losses)
        if window.ended:
            return self._judge_end(outcome, window, expected=happened.may_end)
        return outcome if back else self._fault(outcome, f"not there again: {window.last}")

    def _judge_end(self, outcome: Outcome, window: Window, *, expected: bool) -> Outcome:
        end = " ".join(window.last.said)
        fault = None
        if not end:
            fault = "the call ended without a sentence"
        elif not expected:
            fault = f"the call ended: {end}"
        return Outcome(outcome.kind, outcome.detail, outcome.losses, end, fault)

    def _fault(self, outcome: Outcome, what: str) -> Outcome:
        print(self._corner.appliance.log()[-4000:])
        print(*self._corner.phone.console[-20:], *self._corner.phone.errors, sep="\n")
        return Outcome(outcome.kind, outcome.detail, outcome.losses, fault=what)

    async def _begin(self, what: str) -> None:
        """Scan the code, and be in a call; a call that is still there ends first."""
        await self._corner.phone.open("about:blank")
        await until(self._corner.appliance, idle, END_SECONDS)
        await self._corner.phone.open(await self._corner.appliance.link())
        window, start = self._watch.window(), self._clock()
        there = await self._watch.until(window, lambda: window.steady(start), BEGIN_SECONDS)
        assert there, f"{what} does not begin: {window.last}\n{self._corner.appliance.log()}"

    async def _rest(self) -> Outcome | None:
        """Let nothing happen for a while; None: nothing did."""
        window, start = self._watch.window(), self._clock()
        pause = self._random.uniform(*PAUSE_SECONDS)
        await self._watch.until(
            window, lambda: window.ended or self._clock() > start + pause, float("inf")
        )
        outcome = Outcome("nothing", f"{pause:.0f} s", window.losses)
        if window.ended:
            return self._judge_end(outcome, window, expected=False)
        return outcome if any(window.losses.values()) else None

    def _note(self, outcome: Outcome) -> None:
        self.record.outcomes.append(outcome)
        losses = ", ".join(f"{flow} {gap:.1f} s" for flow, gap in outcome.losses.items())
        said = f"; ended: {outcome.end}" if outcome.end is not None else ""
        mark = f"; ! {outcome.fault}" if outcome.fault else ""
        print(f"{outcome.kind} ({outcome.detail}): lost {losses}{said}{mark}", flush=True)


def deal(events: Events, random: Random) -> Iterator[str]:
    """The kinds in random order, each once before any comes again, for ever."""
    while True:
        yield from random.sample(list(events), len(events))
