"""A corner of the field log: a call, and what may happen to it."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from random import Random
from typing import Protocol

from tests.support.scenario import Observed
from tests.support.watch import ObservedCall


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


class Answering(Observed, Protocol):
    """The appliance of a corner."""

    async def link(self) -> str:
        """The link of the moment."""


class Corner(ObservedCall, Protocol):
    """One call at a time, with one phone."""

    @property
    def appliance(self) -> Answering:
        """The daemon that is called."""

    @property
    def events(self) -> Events:
        """What may happen."""


Opening = Callable[[], AbstractAsyncContextManager[Corner]]
"""Makes a corner; nothing is left of it in the end."""
