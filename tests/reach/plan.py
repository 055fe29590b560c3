"""What is tried on a path, and what ought to come of it."""

from dataclasses import dataclass
from typing import Literal

from tests.reach.world import Event, Setting

Outcome = Literal["call", "told", "no page", "nothing"]
"""What a person gets: pictures; a sentence on a page that ends the call; what the browser shows in
place of the page; or a page that goes on saying that it connects."""


@dataclass(frozen=True)
class Plan(Setting):
    """A path, a call by it, and what happens in the call."""

    what: str = ""
    """In words."""

    limit: float = 40.0
    """Seconds in which the first picture is waited for."""

    event: Event | None = None
    """What happens in the call; None: only its beginning is looked at."""

    within: float = 60.0
    """Seconds after the event in which all is to be there again, or the call to have ended."""

    expect: tuple[Outcome, ...] = ("call",)
    """What may come of it, if nothing is wrong."""

    runs: int = 3
    """How often it is tried, where nobody says."""
