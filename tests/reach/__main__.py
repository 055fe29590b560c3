"""Measures how far calls reach.

    python -m tests.reach PATH... [--runs N] [--json FILE]
    python -m tests.reach --all
    python -m tests.reach --list

Prints a row for each path. Exits with 1 where a call did not come to what it ought to. As root,
with nothing beside it; needs what `make test` installs, and `make build/servers/.extracted`.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.reach.measuring import Result, measure
from tests.reach.paths import PATHS


def main() -> None:
    """Measure the paths that are named."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.reach",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("paths", nargs="*", metavar="PATH", help="one of those of --list")
    parser.add_argument("--all", action="store_true", help="every path")
    parser.add_argument("--list", action="store_true", help="say which paths there are")
    parser.add_argument("--runs", type=int, help="how many calls by each path")
    parser.add_argument("--json", type=Path, help="append a line for each path to this file")
    parser.add_argument("--screenshots", type=Path, help="a folder for what each page shows")
    options = parser.parse_args()
    if options.list:
        print(*(f"{name:28} {plan.what}" for name, plan in PATHS.items()), sep="\n")
        return
    paths = list(PATHS) if options.all else options.paths
    unknown = [name for name in paths if name not in PATHS]
    if unknown or not paths:
        parser.error(f"no such path: {', '.join(unknown)}" if unknown else "name a path, or --list")
    print(*HEAD, sep="\n", flush=True)
    right = True
    for name in paths:
        runs = options.runs or PATHS[name].runs
        result = asyncio.run(measure(name, PATHS[name], runs, options.screenshots))
        right &= result.right
        print("| " + " | ".join(row(result)) + " |", flush=True)
        if options.json:
            with options.json.open("a", encoding="utf-8") as file:
                file.write(json.dumps(result.to_json(), ensure_ascii=False) + "\n")
    sys.exit(not right)


HEAD = (
    "| path | came of it | first picture, s | without picture, sound, phone's sound, s "
    "| told after, s | candidates |",
    "| --- | --- | --- | --- | --- | --- |",
)


def row(result: Result) -> Iterator[str]:
    """The cells of a path."""
    outcomes = ", ".join(f"{times} × {each}" for each, times in result.outcomes.items())
    yield result.path
    yield outcomes if result.right else f"**{outcomes}**"
    yield _figure(result.first)
    yield ", ".join(map(_figure, result.losses.values()))
    yield _figure(result.told_after)
    yield "; ".join(dict.fromkeys(run.candidates for run in result.runs if run.candidates))


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:g}"


if __name__ == "__main__":
    main()
