"""What it takes to open the appliance's link: requests, bytes, and the time to the first picture.

    python -m tests.benchmarks.visit --runs 5 --delay 50 --cpu 4 --checkout /path/to/former .

Chromium and the daemon are in namespaces with a cable between them. Each round visits each checkout
twice: in a browser that was never there (cold), and once more in the same browser (warm). Bytes are
all that TCP carries, by Chromium's record of its network. Needs root.
"""

import argparse
import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack, nullcontext
from dataclasses import asdict
from itertools import count
from pathlib import Path
from statistics import median

from tests.benchmarks.visiting.visitor import Visit, appliance, visit_twice
from tests.support.network import home

HERE = Path(__file__).parents[2]

_addresses = count(10)

FIGURES: Mapping[str, Callable[[Visit], float]] = {
    "requests until the first frame": lambda visit: len(visit.until_frame.requests),
    "connections until the first frame": lambda visit: visit.until_frame.connections,
    "bytes received until the first frame": lambda visit: visit.until_frame.received,
    "bytes sent until the first frame": lambda visit: visit.until_frame.sent,
    "requests in all": lambda visit: len(visit.in_all.requests),
    "bytes received in all": lambda visit: visit.in_all.received,
    "bytes sent in all": lambda visit: visit.in_all.sent,
}

Visits = dict[str, dict[str, list[Visit]]]
"""By "cold" or "warm", and by checkout."""


async def main() -> None:
    """Print the medians."""
    options = _parser().parse_args()
    checkouts = {_name(each): each.resolve() for each in options.checkout}
    visits: Visits = {cache: {name: [] for name in checkouts} for cache in ("cold", "warm")}
    async with AsyncExitStack() as stack:
        network = stack.enter_context(home())
        running = {
            name: await stack.enter_async_context(
                appliance(stack.enter_context(network.host(next(_addresses))), checkout)
            )
            for name, checkout in checkouts.items()
        }
        for number in range(options.runs):
            for name in list(running)[:: 1 if number % 2 else -1]:
                with (
                    network.host(next(_addresses)) as host,
                    host.distance(options.delay) if options.delay else nullcontext(),
                ):
                    pair = await visit_twice(running[name], host, options.cpu)
                for cache, visit in zip(visits, pair, strict=True):
                    visits[cache][name].append(visit)
    print(f"{options.delay:g} ms each way, a processor {options.cpu:g} times slower, ", end="")
    print(f"medians of {options.runs} runs; times in ms since the navigation")
    for cache, by_checkout in visits.items():
        print(f"\n{_table(cache, by_checkout)}")
    if options.json:
        text = {
            cache: {name: [asdict(visit) for visit in each] for name, each in by_checkout.items()}
            for cache, by_checkout in visits.items()
        }
        options.json.write_text(json.dumps(text, indent=1), "utf-8")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("--runs", type=int, default=5, help="how often each is visited")
    parser.add_argument("--delay", type=float, default=0, help="of the network, in ms each way")
    parser.add_argument("--cpu", type=float, default=1, help="how much slower the page runs")
    parser.add_argument(
        "--checkout",
        type=Path,
        nargs="+",
        default=[HERE],
        help="whose daemons and pages are visited, in turns; the first is what others compare to",
    )
    parser.add_argument("--json", type=Path, help="a file for every figure of every visit")
    return parser


def _name(checkout: Path) -> str:
    return checkout.resolve().name


def _table(cache: str, visits: Mapping[str, Sequence[Visit]]) -> str:
    """Return a row for each figure, with its median for each checkout, and the ratio of that to the
    first's."""
    lines = [f"{cache:38}" + "".join(f"{name:>20}" for name in visits)]
    rows = {
        name: [[figure(one) for one in each] for each in visits.values()]
        for name, figure in FIGURES.items()
    }
    newest = reversed(list(visits.values()))
    for name in dict.fromkeys(name for each in newest for one in each for name in one.times):
        rows[name] = [
            [one.times[name] for one in each if name in one.times] for each in visits.values()
        ]
    for name, columns in rows.items():
        medians = [median(each) if each else None for each in columns]
        lines.append(f"{name:38}" + "".join(_cell(each, medians[0]) for each in medians))
    return "\n".join(lines)


def _cell(value: float | None, first: float | None) -> str:
    if value is None:
        return f"{'–':>20}"
    ratio = f"{value / first:.2f}" if first else "–"
    return f"{value:12.0f}{f'({ratio})':>8}"


if __name__ == "__main__":
    asyncio.run(main())
