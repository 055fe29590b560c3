"""A corner of the field log: a call, and what may happen to it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from random import Random
from typing import Protocol

from tests.support.browsers.phone import Phone
from tests.support.scenario import Status


@dataclass(frozen=True)
class Happened:
    """An event, which is over."""

    detail: str = ""
    """Such as how long it took."""

    may_end: bool = False
    """Whether the call may have ended by it, with a sentence."""


@dataclass(frozen=True)
class Event:
    """Something that goes wrong, and is undone."""

    happen: Callable[[Random], Awaitable[Happened]]
    """Lets it happen; returns when nothing stands in the way of the call any more."""

    within: float = 45.0
    """Seconds after which all is there again at the latest. Generous: other tests keep the machine
    busy, and what a browser takes for a dead path alone is up to 30 s."""


Events = Mapping[str, Event]


class Answering(Protocol):
    """The appliance of a corner."""

    async def link(self) -> str:
        """The link of the moment."""

    async def status(self) -> Status:
        """What `homecall-appliance status --json` shows."""

    def log(self) -> str:
        """What the daemon has written to stderr."""


class Corner(Protocol):
    """One call at a time, with one phone."""

    @property
    def appliance(self) -> Answering:
        """The daemon that is called."""

    @property
    def phone(self) -> Phone:
        """The page that is in the call: an event may put another in its place."""

    @property
    def events(self) -> Events:
        """What may happen."""

    @property
    def flows(self) -> Sequence[str]:
        """What of `Look.flowing` has to be there."""

    async def also_flowing(self) -> set[str]:
        """What of them only the corner knows."""


Opening = Callable[[], AbstractAsyncContextManager[Corner]]
"""Makes a corner; nothing is left of it in the end."""
