"""What a recipe shows."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Literal, TypeAlias

from tests.security.target import Source

Verdict = Literal["held", "FAULT", "not shown"]


@dataclass(frozen=True)
class Result:
    """Figures, and what is wrong with them."""

    figures: Mapping[str, object]

    faults: Sequence[str] = ()
    """What the attack did that it may not do, in words; nothing: it was held."""

    not_shown: str = ""
    """Why nothing can be said, where the attack did not come about."""

    @property
    def verdict(self) -> Verdict:
        """The outcome in a word."""
        if self.faults:
            return "FAULT"
        return "not shown" if self.not_shown else "held"


Recipe: TypeAlias = Callable[[Source, Random], Awaitable[Result]]
"""Starts a daemon of the source, attacks it as the seed determines, and says what came of it."""


@dataclass(frozen=True)
class Row:
    """A row of the table."""

    name: str
    title: str
    recipe: Recipe = field(repr=False)
