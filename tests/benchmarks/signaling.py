"""Signaling against the least that a relay on Node can be: latency, processor time, memory.

    python -m tests.benchmarks.signaling --help

Each round loads both servers in turn, on the same core, with the same certificate. A shared
machine is noisy: trust the ratios of one run, not figures of different runs.
"""

import argparse
import os
import shlex
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from tests.benchmarks.generator import Figures, faults, load
from tests.benchmarks.servers import Server, Servers
from tests.support.appliance import COMMAND


@dataclass(frozen=True)
class Round:
    """One server under an even load, and then with as much as it takes."""

    even: Figures
    saturated: Figures


ROWS: Mapping[str, Callable[[Round], float]] = {
    "latency p50, ms": lambda each: each.even["p50"],
    "latency p99, ms": lambda each: each.even["p99"],
    "latency max, ms": lambda each: each.even["max"],
    "processor per message, µs": lambda each: each.even["server"]["processorPerMessage"],
    "saturated: messages/s": lambda each: each.saturated["messagesPerSecond"],
    "saturated: server busy, %": lambda each: 100 * each.saturated["server"]["busy"],
    "saturated: processor per message, µs": lambda each: each.saturated["server"][
        "processorPerMessage"
    ],
    "memory without sessions, MiB": lambda each: each.even["memory"]["empty"] / 2**20,
    "memory per waiting session, KiB": lambda each: each.even["memory"]["perWaiting"] / 1024,
    "memory per active session, KiB": lambda each: each.even["memory"]["perActive"] / 1024,
    "generator busy, %": lambda each: 100 * each.even["generator"]["busy"],
    "saturated: generator busy, %": lambda each: 100 * each.saturated["generator"]["busy"],
    "generator event loop lag p99, ms": lambda each: each.even["generator"]["lagP99"],
}


def main() -> None:
    """Run the rounds and print the table of their medians."""
    options = _parser().parse_args()
    generator_core, *_, server_core = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {generator_core})
    with TemporaryDirectory(prefix="homecall-benchmark-") as directory:
        command = shlex.split(options.command)
        servers = Servers(Path(directory), server_core, command, options.log_level)
        kinds = {"ours": servers.daemon, "Node": servers.relay}
        rounds: dict[str, list[Round]] = {kind: [] for kind in kinds}
        for number in range(options.rounds):
            for kind in sorted(kinds, reverse=bool(number % 2)):
                print(f"Round {number + 1} of {options.rounds}: {kind}", file=sys.stderr)
                with kinds[kind]() as server:
                    rounds[kind].append(_round(server, servers.ca, options))
    print("\n".join(_table(rounds)))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description="Compare signaling with a minimal relay on Node.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--rounds", type=int, default=3, help="how often each server is measured")
    parser.add_argument("--waiting", type=int, default=500, help="sockets that only wait")
    parser.add_argument("--active", type=int, default=100, help="sessions of two")
    parser.add_argument("--rate", type=float, default=10, help="messages a second per session")
    parser.add_argument("--seconds", type=float, default=10, help="of each measurement")
    parser.add_argument("--log-level", default="info", help="of the daemon")
    parser.add_argument("--command", default=shlex.join(COMMAND), help="the daemon")
    return parser


def _round(server: Server, ca: Path, options: argparse.Namespace) -> Round:
    common = {"active": options.active, "seconds": options.seconds}
    even = _load(server, ca, **common, waiting=options.waiting, rate=options.rate)
    return Round(even, _load(server, ca, "--saturate", **common))


def _load(server: Server, ca: Path, *flags: str, **parameters: float) -> Figures:
    """Run the generator; raises AssertionError where a message was not relayed as it should be."""
    figures = load(server.url, ca, server.pid, *flags, **parameters)
    wrong = faults(figures)
    assert not wrong, f"The server is at fault: {wrong}"
    return figures


def _table(rounds: Mapping[str, list[Round]]) -> Iterator[str]:
    yield f"{'':38}{'ours':>10}{'Node':>10}{'ours/Node':>11}"
    for name, figure in ROWS.items():
        ours, node = (median(map(figure, rounds[kind])) for kind in ("ours", "Node"))
        ratio = f"{ours / node:11.2f}" if node else ""
        yield f"{name:38}{ours:10.2f}{node:10.2f}{ratio}"


if __name__ == "__main__":
    main()
