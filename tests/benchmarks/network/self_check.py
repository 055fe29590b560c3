"""The relay's own error: how far it is from the network that it claims to be."""

import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from tests.benchmarks.network.bottleneck import PHONE, bottleneck
from tests.benchmarks.network.conditions import Condition, arrivals
from tests.benchmarks.network.probe import SIZE
from tests.benchmarks.network.records import percentile
from tests.support.network import REPOSITORY, Machine

COUNT = 1500
"""Datagrams: about nine seconds of them."""

LINK = Condition(rate=2_000_000, queue=2.0, delay=0.020)
"""Nothing is dropped and nothing is left to chance: each arrival can be calculated."""

PORT = 7001


def self_check(program: Path, directory: Path) -> str:
    """Send datagrams through it, and say how far they came from when they should have."""
    with bottleneck(program, [LINK], 0, directory / "records") as network:
        taking = _start(network.phone, "take", PHONE)
        assert taking.stdout
        assert taking.stdout.readline() == "ready\n"
        network.start()
        giving = _start(network.home, "give", PHONE)
        given = _times(giving.communicate()[0].splitlines())
        taken = _times(taking.communicate()[0].splitlines())
    numbers = sorted(given)
    expected = arrivals([given[each] for each in numbers], 8 * SIZE, LINK)
    errors = [
        taken[number] - moment
        for number, moment in zip(numbers, expected, strict=True)
        if number in taken
    ]
    late = [each.late for each in network.packets if each.fate == "arrived"]
    return "\n".join(
        [
            f"{len(errors)} of {COUNT} datagrams came through {LINK.rate / 1e6:g} Mbit/s and "
            f"{1000 * LINK.delay:g} ms.",
            _line("the relay handed them over after their time", late),
            _line("from socket to socket, after the time that was calculated", errors),
        ]
    )


def _line(what: str, seconds: Sequence[float]) -> str:
    median, p99 = (1000 * percentile(seconds, percent) for percent in (50, 99))
    return f"{what}: median {median:.3f} ms, p99 {p99:.3f} ms, most {1000 * max(seconds):.3f} ms"


def _start(machine: Machine, verb: str, address: str) -> "subprocess.Popen[str]":
    count = COUNT + 1 if verb == "take" else COUNT  # the first one only asks the way
    words = ["-m", "tests.benchmarks.network.probe", verb, address, str(PORT), str(count)]
    command = [*machine.prefix, sys.executable, *words]
    return subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True)


def _times(lines: Iterable[str]) -> Mapping[int, float]:
    pairs = (line.split() for line in lines)
    return {int(number): int(nanoseconds) / 1e9 for number, nanoseconds in pairs}
