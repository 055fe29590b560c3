"""How soon a code is on the screen, and whether it is gone before it lets nobody in any more."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tests.benchmarks.showing.memory import Changes, Memory
from tests.support.qr import codes_in
from tests.support.rigs.screen import State


@dataclass(frozen=True)
class Publication:
    """One session of the appliance, and its code."""

    late: float
    """Milliseconds from its publication until the code can be read."""

    left: float | None
    """Milliseconds from when the code is gone until the session's end; None: it has not ended."""


def publications(
    memory: Memory, changes: Changes, states: Sequence[State]
) -> Iterator[Publication]:
    """Each session that was published while somebody looked, and was shown."""
    shown = [(since, _text(memory, changes, n)) for n, (since, _) in enumerate(changes.seen)]
    ends = {state.session_id: state.time for state in states if state.name == "ended"}
    for state in states:
        if state.name != "published" or state.time < changes.seen[0][0]:
            continue
        there = [n for n, (_, text) in enumerate(shown) if state.session_id in text]
        if there:
            gone = shown[there[-1] + 1][0] if there[-1] + 1 < len(shown) else None
            end = ends.get(state.session_id)
            yield Publication(
                late=1000 * (shown[there[0]][0] - state.time),
                left=1000 * (end - gone) if end and gone else None,
            )


def _text(memory: Memory, changes: Changes, number: int) -> str:
    return " ".join(codes_in(memory.image(changes.seen[number][1])))
