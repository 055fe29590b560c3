"""The installed service on a Debian 13: how fast it starts, and what it takes.

    python -m tests.benchmarks.service --help

Needs root, and what tests/system needs. Everything but the start is measured once: it is counted,
not timed.
"""

import argparse
import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from tests.support.machine.appliance import SCREEN, Appliance, install, with_test_devices
from tests.support.machine.calls import call, hang_up, phone_at
from tests.support.machine.layers import debian
from tests.support.machine.machine import machine
from tests.support.machine.package import dependencies
from tests.support.machine.usage import Usage
from tests.support.network import Home, home
from tests.support.qr import read_qr

SETTLE_SECONDS = 10.0
"""After the start and after a call, until things are as they stay."""


def main() -> None:
    """Print every figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--starts", type=int, default=10, help="how many starts (default: 10)")
    parser.add_argument(
        "--idle", type=float, default=10, help="minutes without a call (default: 10)"
    )
    parser.add_argument("--call", type=float, default=1, help="minutes in a call (default: 1)")
    parser.add_argument("package", type=Path, help="the .deb, as `make deb` leaves it in dist/")
    options = parser.parse_args()
    with ready(options.package) as (appliance, network):
        starts(appliance, options.starts)
        time.sleep(SETTLE_SECONDS)
        print(f"idle: {memory(appliance)}")
        report("idle", *watch(appliance, 60 * options.idle))
        asyncio.run(in_call(appliance, network, 60 * options.call))
        time.sleep(SETTLE_SECONDS)
        print(f"after the call: {memory(appliance)}")


@contextmanager
def ready(package: Path) -> Iterator[tuple[Appliance, Home]]:
    """A machine on which the service runs with the test devices."""
    with (
        debian(dependencies(package)) as root,
        home() as network,
        network.host(2) as cable,
        machine(cable, [root]) as made,
    ):
        made.boot()
        install(made, package)
        with_test_devices(made)
        yield Appliance(made), network


def starts(appliance: Appliance, times: int) -> None:
    """Print how long a start takes: to READY=1, and to the code on the screen."""
    readies, codes = zip(*(start(appliance) for _ in range(times)), strict=True)
    for what, seconds in (("READY", readies), ("code on the screen", codes)):
        print(
            f"start to {what}: median {median(seconds):.2f} s of {times} "
            f"({min(seconds):.2f} to {max(seconds):.2f})"
        )


def start(appliance: Appliance) -> tuple[float, float]:
    """Seconds from the start of the process to READY=1, and to the last change of the screen."""
    appliance.systemctl("stop")
    appliance.systemctl("start")
    screen = appliance.machine.path(SCREEN)
    assert read_qr(screen) == appliance.link()
    begun = timestamp(appliance, "ExecMainStartTimestamp")
    return timestamp(appliance, "ActiveEnterTimestamp") - begun, screen.stat().st_mtime - begun


def timestamp(appliance: Appliance, name: str) -> float:
    """A point in time that systemd has noted, in seconds since the epoch."""
    command = ("systemctl", "show", "homecall-appliance", "--timestamp=us+utc", "--value")
    shown = appliance.machine.run(*command, "-p", name).strip()
    _, moment = shown.split(" ", maxsplit=1)
    return datetime.strptime(moment, "%Y-%m-%d %H:%M:%S.%f %Z").replace(tzinfo=UTC).timestamp()


def watch(appliance: Appliance, seconds: float) -> tuple[Usage, float]:
    """What is taken in so many seconds."""
    before, begun = Usage.of(appliance), time.monotonic()
    time.sleep(seconds)
    return Usage.of(appliance) - before, time.monotonic() - begun


async def in_call(appliance: Appliance, network: Home, seconds: float) -> None:
    """Print what a call takes."""
    async with phone_at(network, appliance) as phone:
        await call(appliance, phone)
        report("in a call", *await asyncio.to_thread(watch, appliance, seconds))
        print(f"in a call: {memory(appliance)}")
        await hang_up(appliance, phone)


def report(when: str, usage: Usage, seconds: float) -> None:
    """Print what was taken."""
    print(
        f"{when}, {seconds / 60:.1f} min: {usage.written} bytes written to disk, "
        f"{usage.journal} by the journal; {usage.switches / seconds:.1f} switches/s; "
        f"{100 * usage.processor / seconds:.2f} % of a processor"
    )


def memory(appliance: Appliance) -> str:
    """The memory of this moment."""
    return f"{Usage.of(appliance).resident / 2**20:.1f} MiB resident"


if __name__ == "__main__":
    main()
