"""How long a fuzz takes, and what it tells: short and always the same, or long, by hand."""

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from math import inf
from time import monotonic, time_ns
from typing import TypeVar

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

SECONDS = float(os.environ.get("HOMECALL_FUZZ_SECONDS", "0"))
"""How long each test goes on by hand."""

TIMEOUT = 60 + 2 * SECONDS

SETTINGS = settings(max_examples=200, database=None, suppress_health_check=list(HealthCheck))
"""Of one seed; a long fuzz takes several, for hypothesis keeps a run's examples in memory."""

T = TypeVar("T")


def seeds(few: int) -> Iterator[int]:
    """Yield so many seeds, the same each time; by hand, new ones until the time is over."""
    first, end = (time_ns(), monotonic() + SECONDS) if SECONDS else (0, -inf)
    print(f"First seed {first}.")
    for number in count(first):
        if number >= first + few and monotonic() > end:
            return
        yield number


def drawn(strategy: st.SearchStrategy[T], number: int, amount: int) -> list[T]:
    """Draw examples for an event loop that runs, where hypothesis cannot play them itself."""
    examples: list[T] = []

    @seed(number)
    @settings(SETTINGS, max_examples=amount, phases=[Phase.generate])
    @given(strategy)
    def draw(example: T) -> None:
        examples.append(example)

    draw()
    return examples


@contextmanager
def shown(number: int, example: object) -> Iterator[None]:
    """Show the example with what it brings to light."""
    try:
        yield
    except Exception as fault:
        fault.add_note(f"Seed {number}: {example!r:.4000}")
        raise


def tell(tally: Counter[str], noun: str) -> None:
    """Print how many there were, and what became of them."""
    print(f"{tally.total()} {noun}:", ", ".join(f"{n} {what}" for what, n in tally.most_common()))
