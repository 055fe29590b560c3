"""A call with Chromium while a neighbour sends every kind of datagram (acceptance A2 of the gate).

    python -m tests.security.siege_of_datagrams --help

Prints what the phone sees with and without, the daemon's memory, its journal, and how late its
event loop is. Needs root: it runs in a network namespace of its own. Exits with 1 where the call
suffered or something grew.
"""

import argparse
import asyncio
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.security.neighbour import RATE, sending
from tests.security.network import HOUSE, isolate
from tests.security.target import HERE, KEPT, MIB, Source, Target, loop_lag
from tests.support.browsers.browser import launch
from tests.support.browsers.phone import PageError, Phone
from tests.support.watching import Watched, view, watch

SETTLE_SECONDS = 15.0
"""Until the bandwidth estimate, and so the bitrate, is as it stays."""

QUIET_SECONDS = 20.0
"""Watched without an attack."""

FLAT = 5 * MIB
"""By which the memory may change."""

MOST_LINES = 20
"""Of the journal, in fewer than which an attack of any length is told."""

CAMERA = {"width": 1280, "height": 720, "framerate": 30}


@dataclass(frozen=True)
class Phase:
    """A part of the call."""

    name: str
    watched: Watched | None
    """None: the page was not in a call any more."""

    memory: tuple[int, int]
    """Bytes of the daemon and its processes at the start and at the end."""

    lines: int
    lag: str

    @property
    def pictures(self) -> float:
        """A second, as the browser decoded them; 0 where its count began anew with another
        connection."""
        return max(0.0, self.watched.views[0].pictures) if self.watched else 0.0

    def rows(self) -> Iterator[str]:
        """Yield the figures."""
        start, end = self.memory
        yield f"{self.name}"
        yield f"    pictures/s that the phone decodes  {self.pictures:.1f}"
        if self.watched:
            ages = sorted(self.watched.ages)
            yield f"    freezes                            {self.watched.views[0].freezes}"
            if ages:
                yield f"    age of the picture p50, ms         {ages[len(ages) // 2]:.0f}"
            yield f"    daemon, share of a core            {self.watched.taken[0].processor:.2f}"
        yield f"    RSS at start and end, MiB          {start / MIB:.1f}, {end / MIB:.1f}"
        yield f"    lines in the journal               {self.lines}"
        yield f"    event loop lag p99                 {self.lag}"


def main() -> None:
    """Besiege a call, and print what came of it."""
    parser = argparse.ArgumentParser(
        description=__doc__.partition("\n")[0],
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--seconds", type=float, default=600, help="of the attack")
    parser.add_argument("--rate", type=float, default=RATE, help="datagrams a second")
    parser.add_argument("--seed", type=int, default=1, help="of chance")
    parser.add_argument("--source", type=Path, default=HERE, help="the working tree")
    parser.add_argument("--python", default="", help="what runs its daemon")
    options = parser.parse_args()
    isolate()
    source = Source(options.source.resolve(), options.python)
    faults = asyncio.run(_siege(source, options.seconds, options.rate, options.seed))
    print(*[f"! {fault}" for fault in faults] or ["The call kept its pictures; nothing grew."])
    sys.exit(bool(faults))


async def _siege(source: Source, seconds: float, rate: float, seed: int) -> list[str]:
    async with (
        source.daemon({"camera": CAMERA}) as target,
        launch("chromium", target.appliance.ca) as browser,
    ):
        phone = await view(browser, await target.appliance.link())
        await asyncio.sleep(SETTLE_SECONDS)
        quiet = await _phase("without an attack", target, phone, QUIET_SECONDS)
        print(*quiet.rows(), sep="\n", flush=True)
        ports = target.udp_ports
        with sending(HOUSE, ports, seconds=seconds, rate=rate, seed=seed) as neighbour:
            besieged = await _phase(f"{rate:.0f} datagrams a second", target, phone, seconds)
            sent = await asyncio.to_thread(neighbour.wait)
        print(*besieged.rows(), sep="\n")
        print(f"    datagrams sent                     {sent.total()} to {len(ports)} ports")
        print("   ", ", ".join(f"{kind} {count}" for kind, count in sorted(sent.items())))
        return list(_faults(quiet, besieged, alive=target.alive))


async def _phase(name: str, target: Target, phone: Phone, seconds: float) -> Phase:
    memory, mark, figures = target.memory, target.mark, await target.metrics()
    watched = None
    try:
        watched = await watch([phone], [target.appliance.pid], seconds)
    except (PageError, TimeoutError, LookupError, OSError) as error:
        print(f"The page is in no call any more: {type(error).__name__}.")
    lag = loop_lag(figures, await target.metrics()) if target.alive else "it is dead"
    lines = target.said_since(mark).count("\n")
    return Phase(name, watched, (memory, target.memory), lines, lag)


def _faults(quiet: Phase, besieged: Phase, *, alive: bool) -> Iterator[str]:
    if not alive:
        yield "The daemon is dead."
    if besieged.pictures < KEPT * quiet.pictures:
        yield "The call lost its pictures."
    start, end = besieged.memory
    if abs(end - start) > FLAT:
        yield "The memory is not flat."
    if besieged.lines >= MOST_LINES:
        yield "The journal is full of it."


if __name__ == "__main__":
    main()
