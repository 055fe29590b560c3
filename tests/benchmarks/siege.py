"""The daemon under an honest load and an attack at once: nothing lost, nothing that grows.

    python -m tests.benchmarks.siege --help

The daemon has one core; the honest load and the attacker, who yields to it, have another. Every
limit for one address is the default: the honest load comes from many addresses, as it would. A
rehearsal of the same size comes first, so that what a daemon keeps for good, such as the memory
of its allocator, is there before the comparison. Exits with 1 where something was lost or grew.

A daemon that is kept off its core is slow for a reason that is not its own: see that figure first.
"""

import argparse
import asyncio
import os
import resource
import shlex
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.benchmarks.attacker import attack
from tests.benchmarks.generator import Figures, faults, load
from tests.benchmarks.monitor import Monitor, Reading
from tests.benchmarks.report import HEAD, Siege, report, row
from tests.benchmarks.servers import Server, Servers
from tests.support.appliance import COMMAND, START_SECONDS, Tables

HONEST_ADDRESSES = 500
"""So many that the load stays below every limit for one address, newcomers included."""

ROOM_SESSIONS, ROOM_CONNECTIONS = 2_000, 6_000
"""What an owner adds to the load that he expects, so that strangers do not fill the house."""

WARMUP = 5.0
"""Seconds of load before the measurement."""

SETTLE_SECONDS = 660.0
"""More than a session waits for its second participant, and a connection for its request."""

READINGS = 10
"""In the time of the load; but they are at most 30 seconds apart."""

LONGEST = 500.0
"""Seconds of a siege: less than a session waits for its second participant by default."""

ALLOWED_GROWTH = 1.05
"""Memory after the siege to that after the rehearsal: the spent ids, which are bounded."""


class Besieger:
    """Loads and attacks one daemon."""

    def __init__(
        self, server: Server, ca: Path, control: Path, options: argparse.Namespace
    ) -> None:
        self._server = server
        self._ca = ca
        self._monitor = Monitor(control)
        self._options = options

    async def run(self) -> tuple[Reading, Siege]:
        """Return what the daemon holds after the rehearsal, and what the siege brought."""
        empty = await self._monitor.until(lambda now: now.waiting == 1, START_SECONDS)
        print(HEAD, row("after the start", empty), sep="\n", flush=True)
        before = (await self._siege(empty, "rehearsal", self._options.rehearsal)).after
        return before, await self._siege(empty, "siege", self._options.seconds)

    async def _siege(self, empty: Reading, name: str, seconds: float) -> Siege:
        options = self._options
        refused = await self._monitor.refusals()
        with attack(self._server.url, only=options.only, strength=options.strength) as attacker:
            async with asyncio.TaskGroup() as group:
                watching = group.create_task(self._watch(name, seconds))
                figures = await asyncio.to_thread(self._load, seconds)
                watching.cancel()
            attacks = attacker.stop()
        await self._monitor.until(lambda now: not _leftovers(empty, now), SETTLE_SECONDS)
        await asyncio.sleep(options.rest)
        after = await self._monitor.read()
        print(row(f"after the {name}", after), flush=True)
        return Siege(figures, attacks, await self._monitor.refusals() - refused, after)

    def _load(self, seconds: float) -> Figures:
        options = self._options
        return load(
            self._server.url,
            self._ca,
            self._server.pid,
            waiting=options.waiting,
            active=options.active,
            rate=options.rate,
            newcomers=options.newcomers,
            addresses=HONEST_ADDRESSES,
            warmup=WARMUP,
            seconds=seconds,
        )

    async def _watch(self, name: str, seconds: float) -> None:
        """Print what the daemon holds, from the moment at which the load is complete."""
        options, clock = self._options, asyncio.get_running_loop().time
        await self._monitor.until(
            lambda now: now.waiting >= options.waiting and now.active >= options.active,
            within=float("inf"),
        )
        start = clock()
        await self._monitor.watch(
            min(30.0, seconds / READINGS),
            lambda now: print(row(f"{name}, {clock() - start:.0f} s", now), flush=True),
        )


def main() -> None:
    """Run the siege, print what came of it, and exit with 1 where the daemon is at fault."""
    options = _options()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    generator_core, *_, server_core = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {generator_core})
    raised = _raised(options)
    names = [f"{table}.{key} = {n}" for table, keys in raised.items() for key, n in keys.items()]
    print(f"Raised for this load: {', '.join(names)}. Every other limit is the default.\n")
    with TemporaryDirectory(prefix="homecall-siege-") as directory:
        servers = Servers(Path(directory), server_core, shlex.split(options.command), "info")
        with servers.daemon(raised) as server:
            besieger = Besieger(server, servers.ca, Path(directory, "control.sock"), options)
            before, siege = asyncio.run(besieger.run())
    print("", *report(siege), "", sep="\n")
    wrong = {**faults(siege.figures), **_leftovers(before, siege.after)}
    if siege.after.rss > ALLOWED_GROWTH * before.rss:
        wrong["rss"] = (before.rss, siege.after.rss)
    print(f"The daemon is at fault: {wrong}" if wrong else "Nothing was lost, nothing grew.")
    sys.exit(bool(wrong))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Load and attack the daemon at once.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--waiting", type=int, default=2000, help="sockets that only wait")
    parser.add_argument("--active", type=int, default=200, help="sessions of two")
    parser.add_argument("--rate", type=float, default=20, help="messages a second per session")
    parser.add_argument("--newcomers", type=float, default=1, help="sessions a second that come")
    parser.add_argument("--strength", type=float, default=1, help="of the attack; 0: none")
    parser.add_argument("--only", default="", help="attacks that have this in their name")
    parser.add_argument("--seconds", type=float, default=300, help="of the measurement")
    parser.add_argument("--rehearsal", type=float, default=40, help="seconds of it")
    parser.add_argument("--rest", type=float, default=10, help="seconds before memory is compared")
    parser.add_argument("--command", default=shlex.join(COMMAND), help="the daemon")
    options = parser.parse_args()
    if options.seconds > LONGEST:
        parser.error(f"--seconds: at most {LONGEST:.0f}")
    return options


def _raised(options: argparse.Namespace) -> Tables:
    honest_sockets = options.waiting + 2 * options.active
    return {
        "session": {"max_sessions": options.waiting + options.active + ROOM_SESSIONS},
        "limits": {"connections": honest_sockets + ROOM_CONNECTIONS},
    }


def _leftovers(before: Reading, after: Reading) -> dict[str, tuple[int, int]]:
    """Return what there is more of than before, with both numbers."""
    names = ("waiting", "active", "tasks", "descriptors")
    pairs = {name: (getattr(before, name), getattr(after, name)) for name in names}
    return {name: pair for name, pair in pairs.items() if pair[1] > pair[0]}


if __name__ == "__main__":
    main()
