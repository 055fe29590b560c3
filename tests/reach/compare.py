"""Compares two measurements of `python -m tests.reach --json`: no path may be worse than before.

    python -m tests.reach.compare BEFORE AFTER

Prints a row for each path that is in both; of several lines for one path, the last counts. Exits
with 1 where one is worse: fewer calls came to what they ought to, or something took more than a
second longer. Less may be the load of the machine.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

Measured = Mapping[str, Any]
"""What `Result.to_json` returned."""

TOLERANCE = 1.0
"""Seconds."""

HEAD = (
    "| path | came of it | first picture, s | longest loss, s | told after, s | |",
    "| --- | --- | --- | --- | --- | --- |",
)


def main() -> None:
    """Compare two files."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.reach.compare",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path)
    options = parser.parse_args()
    before, after = read(options.before), read(options.after)
    both = [path for path in before if path in after]
    print(*HEAD, *(row(before[path], after[path]) for path in both), sep="\n")
    sys.exit(any(worse(before[path], after[path]) for path in both))


def read(file: Path) -> dict[str, Measured]:
    """The measurements of a file by their paths."""
    lines = map(json.loads, file.read_text("utf-8").splitlines())
    return {each["path"]: each for each in lines}


def row(before: Measured, after: Measured) -> str:
    """Both beside each other."""
    pairs = [
        (_outcomes(before), _outcomes(after)),
        *((_text(then), _text(now)) for then, now in _figures(before, after)),
    ]
    cells = [then if then == now else f"{then} → {now}" for then, now in pairs]
    return "| " + " | ".join([before["path"], *cells, "; ".join(worse(before, after))]) + " |"


def worse(before: Measured, after: Measured) -> list[str]:
    """In what it is."""
    found = ["fewer calls are right"] if _share(after) < _share(before) else []
    names = ("a later picture", "a longer loss", "told later")
    for name, (then, now) in zip(names, _figures(before, after), strict=True):
        if then is not None and now is not None and now > then + TOLERANCE:
            found.append(name)
    return found


def _figures(before: Measured, after: Measured) -> Iterator[tuple[float | None, float | None]]:
    yield before["first"], after["first"]
    yield _loss(before), _loss(after)
    yield before["told_after"], after["told_after"]


def _loss(measured: Measured) -> float | None:
    return max(measured["losses"].values(), default=None)


def _share(measured: Measured) -> float:
    """Of its calls, how many have come to what they ought to."""
    outcomes = measured["outcomes"]
    right = sum(times for each, times in outcomes.items() if each in measured["expect"])
    return float(right / sum(outcomes.values()))


def _outcomes(measured: Measured) -> str:
    return ", ".join(f"{times} × {each}" for each, times in measured["outcomes"].items())


def _text(value: float | None) -> str:
    return "–" if value is None else f"{value:g}"


if __name__ == "__main__":
    main()
