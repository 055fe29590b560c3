"""Looks at a call, from its page and from the appliance."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any, Protocol, TypeVar

from aiohttp import ClientError

from tests.support.browsers.phone import PageError, Phone
from tests.support.losses import Look, Window
from tests.support.scenario import Observed

LOOK_SECONDS = 0.25

LOUD = 1e-6
"""The mean square of a sound that is there, of full scale: -60 dBFS. What conceals a loss fades."""

LOUD_DBFS = -60.0

PAGE = """
probes.stats().then((stats) => {
  const shown = [...document.querySelectorAll(
    '#status, .toast, #end-title, #end-advice, #home-lead, #late',
  )].filter((element) => element.checkVisibility());
  const { video, audio } = stats?.inbound ?? {};
  const { state, phase } = document.querySelector('#app')?.dataset ?? {};
  return {
    connection: `${performance.timeOrigin} ${probes.peers.length}`,
    state: state ?? '',
    phase: phase ?? '',
    said: shown.map((element) => element.textContent.trim()).filter(Boolean),
    frames: video?.framesDecoded ?? 0,
    energy: audio?.totalAudioEnergy ?? 0,
    seconds: audio?.totalSamplesDuration ?? 0,
  };
})
"""


T = TypeVar("T")


class ObservedCall(Protocol):
    """A call of a phone with the appliance."""

    @property
    def appliance(self) -> Observed:
        """The daemon that is called."""

    @property
    def phone(self) -> Phone:
        """The page that is in the call: an event may put another in its place."""

    @property
    def flows(self) -> Sequence[str]:
        """What of `Look.flowing` has to be there."""

    async def also_flowing(self) -> set[str]:
        """What of them only the call itself knows."""


class Watch:
    """Looks at a call."""

    def __init__(self, call: ObservedCall) -> None:
        self._call = call
        self._clock = asyncio.get_running_loop().time
        self._page: dict[str, Any] = {}
        self._received: dict[str, dict[str, Any]] = {}

    def window(self) -> Window:
        """One that begins now."""
        return Window(self._call.flows, self._clock())

    async def look(self) -> Look:
        """The call at this moment."""
        page, theirs, flowing = await asyncio.gather(
            self._look_at_page(), self._of_the_phone(), self._call.also_flowing()
        )
        flowing |= theirs
        before, self._page = self._page, page
        same = before.get("connection") == page.get("connection")
        if not page:
            return Look(self._clock(), "", (), frozenset(flowing))
        frames = page["frames"] - (before["frames"] if same else 0)
        energy = page["energy"] - (before["energy"] if same else 0)
        seconds = page["seconds"] - (before["seconds"] if same else 0)
        if frames > 0:
            flowing.add("picture")
        if seconds > 0 and energy / seconds > LOUD:
            flowing.add("sound")
        said = tuple(page["said"])
        return Look(self._clock(), page["state"], said, frozenset(flowing), page["phase"])

    async def until(self, window: Window, reached: Callable[[], bool], within: float) -> bool:
        """Look until something is so; False: it is not after so many seconds."""
        deadline = self._clock() + within
        while not reached():
            if self._clock() > deadline:
                return False
            window.add(await self.look())
            await asyncio.sleep(LOOK_SECONDS)
        return True

    async def during(self, window: Window, event: Awaitable[T]) -> T:
        """Look while something happens; returns what comes of it."""
        looking = asyncio.create_task(self.until(window, lambda: False, float("inf")))
        try:
            return await event
        finally:
            looking.cancel()
            with suppress(asyncio.CancelledError):
                await looking

    async def _look_at_page(self) -> dict[str, Any]:
        try:
            page: dict[str, Any] = await self._call.phone.evaluate(PAGE)
        except (PageError, TimeoutError):
            return {}  # It is being loaded, or frozen.
        return page

    async def _of_the_phone(self) -> set[str]:
        """What the appliance receives: pictures, and packets of a sound that is not silence."""
        try:
            calls = (await self._call.appliance.status())["calls"]
        except (ClientError, OSError, AssertionError):
            calls = []  # The daemon is not there.
        before = self._received
        self._received = {each["sessionId"]: each.get("received") or {} for each in calls}
        flowing = set()
        for session, now in self._received.items():
            then = before.get(session)
            if not then or not now:
                continue
            if now["videoFrames"] > then["videoFrames"]:
                flowing.add("phone's picture")
            if now["audioFrames"] > then["audioFrames"] and now["audioLevel"] > LOUD_DBFS:
                flowing.add("phone's sound")
        return flowing
