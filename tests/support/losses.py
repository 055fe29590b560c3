"""What was lost of a call, for how long, and what its person was told. PURE."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

BLINK_SECONDS = 1.0
"""What comes again sooner than this was not lost: it is looked at a few times a second."""

SETTLED_SECONDS = 3.0
"""What flows for so long after an event was not touched by it, or is there again: packets that were
on their way still come for a moment."""


@dataclass(frozen=True)
class Look:
    """A call at one moment."""

    time: float
    """Seconds of any clock that does not leap."""

    state: str
    """Of the phone's page: "home", "call" or "end"; empty where it has not loaded."""

    said: tuple[str, ...] = ()
    """The sentences that the person sees."""

    flowing: frozenset[str] = frozenset()
    """What has moved since the look before: "picture" and "sound" as the phone has them, "phone's
    picture" and "phone's sound" as the appliance has them, and what else is looked at."""

    phase: str = ""
    """Of the phone's page in a call, such as "joining" or "live"."""


class Window:
    """A call from just before an event until all of it is there again, or it has ended."""

    def __init__(self, flows: Iterable[str], start: float) -> None:
        self._moved = dict.fromkeys(flows, start)
        self._gaps = dict.fromkeys(self._moved, 0.0)
        self._restored = start
        self.last = Look(start, "")
        self.told: list[str] = []
        """Each sentence that was seen meanwhile, once, oldest first."""

    def add(self, look: Look) -> None:
        """Take a look, later than those before."""
        self.last = look
        self.told += [sentence for sentence in look.said if sentence not in self.told]
        for flow, moved in self._moved.items():
            gap = look.time - moved
            self._gaps[flow] = max(self._gaps[flow], gap)
            if flow in look.flowing:
                self._moved[flow] = look.time
                self._restored = look.time if gap > BLINK_SECONDS else self._restored

    @property
    def losses(self) -> Mapping[str, float]:
        """For each flow the longest time without it, in seconds; 0 for what was not lost."""
        return {flow: gap if gap > BLINK_SECONDS else 0.0 for flow, gap in self._gaps.items()}

    @property
    def ended(self) -> bool:
        """Whether the page shows the end of the call."""
        return self.last.state == "end"

    @property
    def flows(self) -> bool:
        """Whether there is a call, and everything of it flows."""
        now = self.last.time
        moving = all(now - moved <= BLINK_SECONDS for moved in self._moved.values())
        return self.last.state == "call" and moving

    def steady(self, since: float) -> bool:
        """Whether everything flows, and has for a while after that time."""
        settled = self.last.time - max(since, self._restored) >= SETTLED_SECONDS
        return self.flows and settled
