"""A person with a phone: how the call began, and what the page has said when."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from tests.support.appliance import Appliance
from tests.support.browsers.phone import PageError, Phone
from tests.support.losses import Look, Window
from tests.support.watch import LOOK_SECONDS, Watch

PICTURES = """
probes.stats().then((stats) => ({
  shown: probes.firstFrame,
  decoded: stats?.inbound.video?.framesDecoded ?? 0,
  tries: probes.peers.length,
  now: performance.now(),
}))
"""

PAIR = """
(async () => {
  const stats = await probes.peers.at(-1)?.getStats();
  let pair;
  stats?.forEach((each) => {
    if (each.type === 'transport') pair = stats.get(each.selectedCandidatePairId) ?? pair;
    if (each.type === 'candidate-pair' && each.selected) pair = each;
  });
  if (!pair) return '';
  const ends = [pair.localCandidateId, pair.remoteCandidateId].map((id) => stats.get(id));
  return ends.map(({ candidateType, relayProtocol }) =>
    relayProtocol ? `${candidateType} by ${relayProtocol}` : candidateType).join(' to ');
})()
"""
"""The kinds of the candidates of the nominated pair (RFC 8445), such as "relay by udp to host"."""

ASKING = "asking"
"""The phase in which a page without devices waits for a button (protocol.md, section 8.9)."""


UNBROKEN_SECONDS = 12.0
"""An event that has broken nothing for so long does not: a browser takes 5 to 8 s to find a path
dead."""

T = TypeVar("T")


NO_PAGE: Final = "no page"
"""Where a diary is while the browser shows something of its own."""


@dataclass(frozen=True)
class Said:
    """What the page came to say."""

    seconds: float
    """Since the navigation, or since the event."""

    where: str
    """The page's state and phase, such as "call joining"."""

    words: str
    """All sentences that were to be seen."""


class Diary:
    """What a page says, whenever that changes."""

    def __init__(self) -> None:
        self.entries: list[Said] = []
        self._clock = asyncio.get_running_loop().time
        self._start = self._clock()

    def note(self, look: Look) -> None:
        """Look at the page."""
        where, words = f"{look.state} {look.phase}".strip(), " ".join(look.said)
        if not self.entries or (where, words) != (self.entries[-1].where, self.entries[-1].words):
            self.entries.append(Said(round(self._clock() - self._start, 1), where, words))

    def refused(self, error: PageError) -> None:
        """Note what the browser shows instead of the page."""
        reason = str(error).splitlines()[0]
        self.entries.append(Said(round(self._clock() - self._start, 1), NO_PAGE, reason))


class NotedWindow(Window):
    """A window whose looks are noted in a diary."""

    def __init__(self, flows: Sequence[str], start: float, diary: Diary) -> None:
        super().__init__(flows, start)
        self._diary = diary

    def add(self, look: Look) -> None:
        """Take a look, later than those before."""
        super().add(look)
        self._diary.note(look)


class Caller:
    """Someone who opens the link, as `Watch` looks at it."""

    def __init__(
        self,
        phone: Phone,
        appliance: Appliance,
        *,
        silent: bool = False,
        album: Path | None = None,
    ) -> None:
        """`silent`: the phone has neither microphone nor camera. `album` is what the names of
        screenshots begin with: one is made whenever the page says something else; None: none."""
        self.phone = phone
        self.appliance = appliance
        self.flows: Sequence[str] = ("picture", "sound", *(() if silent else ("phone's sound",)))
        self._album = album
        self.diary = Diary()
        """Of the beginning, or of what has befallen the call since."""
        self._watch = Watch(self)
        self._clock = asyncio.get_running_loop().time

    async def also_flowing(self) -> set[str]:
        """Nothing else."""
        return set()

    async def begin(self, link: str, within: float) -> float | None:
        """Open the link; returns the seconds from the navigation to the first picture, or None
        where none has come within so many, the call has ended, or there is no page."""
        self.diary = Diary()
        async with self._photographed("begin"):
            return await self._begin(link, self._clock() + within)

    async def _begin(self, link: str, deadline: float) -> float | None:
        joined = False
        try:
            await self.phone.open(link)
        except PageError as error:
            self.diary.refused(error)
            return None
        while self._clock() < deadline:
            look = await self._watch.look()
            self.diary.note(look)
            if look.phase == ASKING and not joined:
                joined = True
                await self.phone.click("#join")
            seen = await self.phone.evaluate(PICTURES)
            if seen["decoded"]:
                # The black picture of a connection that did not come about has been shown, too.
                first_try = seen["tries"] == 1 and seen["shown"]
                return float(seen["shown"] if first_try else seen["now"]) / 1000
            if look.state == "end":
                return None
            await asyncio.sleep(LOOK_SECONDS)
        return None

    async def befall(self, event: Awaitable[T], within: float) -> tuple[T, Window]:
        """Let something happen in the call, and wait until all is there again, the call has ended,
        or so many seconds have passed since; returns what came of the event, and what was seen."""
        self.diary = Diary()
        async with self._photographed("event"):
            return await self._befall(event, within)

    async def _befall(self, event: Awaitable[T], within: float) -> tuple[T, Window]:
        window = NotedWindow(self.flows, self._clock(), self.diary)
        outcome = await self._watch.during(window, event)
        over = self._clock()

        def settled() -> bool:
            broken = any(window.losses.values())
            enough = broken or self._clock() - over > UNBROKEN_SECONDS
            return window.ended or (enough and window.steady(over))

        await self._watch.until(window, settled, within)
        return outcome, window

    @asynccontextmanager
    async def _photographed(self, what: str) -> AsyncIterator[None]:
        """Make a screenshot of each entry of the diary."""
        if not self._album:
            yield
            return
        photographing = asyncio.create_task(self._photograph(self._album, what))
        try:
            yield
        finally:
            photographing.cancel()
            with suppress(asyncio.CancelledError):
                await photographing

    async def _photograph(self, album: Path, what: str) -> None:
        number = 0
        while True:
            if number < len(self.diary.entries):
                number = len(self.diary.entries)
                with suppress(PageError):
                    await self.phone.screenshot(
                        album.with_name(f"{album.name}-{what}-{number}.png")
                    )
            await asyncio.sleep(LOOK_SECONDS)

    async def candidates(self) -> str:
        """The kinds of the two ends of the path that is used; empty where there is none."""
        kinds: str = await self.phone.evaluate(PAIR)
        return kinds

    async def leave(self) -> None:
        """Hang up where there is a call, and close the page."""
        look = await self._watch.look()
        if look.state == "call":
            await self.phone.click("#hangup")
        await self.phone.close()
