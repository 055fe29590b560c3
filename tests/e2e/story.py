"""What happens to a call whose network is lost, and when: looked at from outside, and printed."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

LOOK_SECONDS = 0.1

STILL_SECONDS = 1.0
"""How long no picture and no sound arrive before the media count as stopped."""


@dataclass(frozen=True)
class Facts:
    """A call at one moment."""

    page: str = ""
    """The state and the phase of the phone's page."""

    attached: int = 0
    """How often a page has opened a signaling socket."""

    connections: frozenset[str] = frozenset()
    """The TCP connections that the appliance holds to where the phone was."""

    offers: int = 0
    """How many connections of media were negotiated."""

    media: tuple[int, ...] = ()
    """For each viewer a count of what has arrived by the newest connection."""

    calls: int = 0
    """Calls with the appliance."""

    devices: bool = False
    """Whether the appliance's camera or microphone is open."""


EVENTS: Mapping[str, Callable[[Facts, Facts], bool]] = {
    "the phone says that it is interrupted": lambda _, now: now.page == "call weak",
    "the server has lost the old socket": (
        lambda before, now: before.connections.isdisjoint(now.connections)
    ),
    "attached again": lambda before, now: now.attached > before.attached,
    "a new offer": lambda before, now: now.offers > before.offers,
    "the phone shows the end": lambda _, now: now.page.startswith("end"),
    "the appliance has ended the call": lambda _, now: not now.calls,
    "the devices are closed": lambda _, now: not now.devices,
}
"""What may happen: whether it has, by the facts at the time of the loss and those of now."""

INTERRUPTED, SOCKET_LOST, ATTACHED, OFFERED, PHONE_ENDED, CALL_ENDED, DEVICES_CLOSED = EVENTS
STOPPED, FLOWING = "no media arrive", "media flow again, both ways"


class Story:
    """The first time of each event, in seconds since the loss."""

    def __init__(self, name: str, before: Facts) -> None:
        self.times: dict[str, float] = {}
        self._name = name
        self._before = self._last = before
        self._still: Facts | None = None
        self._events = {
            event: has_happened
            for event, has_happened in EVENTS.items()
            if not has_happened(before, before)
        }
        self._clock = asyncio.get_running_loop().time
        self._start = self._moved = self._clock()

    @property
    def now(self) -> float:
        """Seconds since the loss."""
        return self._clock() - self._start

    def note(self, event: str) -> None:
        """Note that something happens now, the first time that it does."""
        if event not in self.times:
            self.times[event] = self.now
            print(f"{self._name}: {self.now:5.1f} s  {event}", flush=True)

    def look(self, facts: Facts) -> None:
        """Note what has happened by now."""
        for event, has_happened in self._events.items():
            if has_happened(self._before, facts):
                self.note(event)
        if facts.media != self._last.media:
            self._moved = self._clock()
        if self._still is not None:
            counts = zip(self._still.media, facts.media, strict=True)
            if all(0 < now != then for then, now in counts):
                self.note(FLOWING)
        elif self._clock() - self._moved > STILL_SECONDS:
            self._still = facts
            self.note(STOPPED)
        self._last = facts

    async def reaches(self, event: str, within: float) -> float:
        """Wait for an event; returns its time. Raises AssertionError `within` seconds from now."""
        end = self.now + within
        while event not in self.times:
            assert self.now < end, f"{self._name}: not within {within:g} s: {event}. {self._last}"
            await asyncio.sleep(LOOK_SECONDS)
        return self.times[event]


@asynccontextmanager
async def story(name: str, look: Callable[[], Awaitable[Facts]]) -> AsyncIterator[Story]:
    """Watch a call from this moment on, at which its network is about to be lost."""
    told = Story(name, await look())

    async def watch() -> None:
        while True:
            told.look(await look())
            await asyncio.sleep(LOOK_SECONDS)

    async with asyncio.TaskGroup() as group:
        watching = group.create_task(watch())
        yield told
        watching.cancel()
