"""One call over one network, measured."""

import asyncio
import base64
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np

from tests.benchmarks.network import film
from tests.benchmarks.network.bottleneck import PHONE, Bottleneck, bottleneck
from tests.benchmarks.network.callers import Caller
from tests.benchmarks.network.figures import Figures, Received, figures
from tests.benchmarks.network.scenarios import Scenario
from tests.support.browsers.phone import Phone
from tests.support.network import REPOSITORY

SETTLE_SECONDS = 12.0
"""From the first picture until a sender has found out what the network bears."""

SAMPLE_SECONDS = 0.4
"""Between two pictures that are compared with the film."""

STREAM_PORT = 7000

PRESSURE = Path("/proc/pressure/cpu")

_SCRIPT = Path(__file__).with_name("picture.js").read_text("utf-8")
PICTURE = f"({_SCRIPT.rstrip()})({film.WIDTH}, {film.HEIGHT})"
"""The picture that is shown: a smaller one is made as large as the film."""


@dataclass(frozen=True)
class Laboratory:
    """What every call needs."""

    relay: Path
    """The compiled relay."""

    film: Path
    """The film's file."""

    directory: Path
    """For what the relay writes."""


async def measure(laboratory: Laboratory, scenario: Scenario, caller: Caller, seed: int) -> Figures:
    """Call, settle, and measure. The chances of the network are those of the seed."""
    conditions = scenario.conditions(seed)
    records = laboratory.directory / "records"
    with bottleneck(laboratory.relay, conditions, seed, records) as network:
        async with caller(network, laboratory.film) as phone:
            await asyncio.sleep(SETTLE_SECONDS)
            with _stream(network, scenario):
                received = await _watch(network, phone, scenario.seconds)
    return figures(scenario, conditions, network.packets, received)


async def _watch(network: Bottleneck, phone: Phone, seconds: float) -> Received:
    peers, before = await _inbound(phone)
    shown_before = await phone.evaluate("probes.shown.length")
    clock = asyncio.get_running_loop().time
    stalled = _stalled()
    network.start()
    end = clock() + seconds
    likenesses: list[float] = []
    while clock() < end:
        asked = clock()
        greens = base64.b64decode(await phone.evaluate(PICTURE))
        shown = np.frombuffer(greens, np.uint8).reshape(film.HEIGHT, film.WIDTH)
        if (likeness := film.likeness(shown)) is not None:
            likenesses.append(likeness)
        await asyncio.sleep(max(0.0, min(asked + SAMPLE_SECONDS, end) - clock()))
    now_stalled = _stalled()
    pressure = None if stalled is None or now_stalled is None else (now_stalled - stalled) / seconds
    peers_after, after = await _inbound(phone)
    if peers_after != peers:  # the page has connected anew, and counts anew
        before = {}
    shown_at: list[float] = await phone.evaluate(f"probes.shown.slice({max(0, shown_before - 1)})")
    gaps = [later - sooner for sooner, later in pairwise(shown_at)]

    def more(member: str) -> float:
        return float(after.get(member, 0)) - float(before.get(member, 0))

    return Received(
        pictures=more("framesDecoded") / seconds,
        freezes=round(more("freezeCount")),
        frozen=more("totalFreezesDuration"),
        longest=max(gaps, default=1000 * seconds) / 1000,
        psnr=fmean(likenesses) if likenesses else None,
        compared=len(likenesses),
        codec=str(after.get("mimeType", "")).removeprefix("video/"),
        pressure=pressure,
    )


async def _inbound(phone: Phone) -> tuple[int, dict[str, Any]]:
    """How many connections the page has made, and what the newest counts of its picture."""
    peers, stats = await phone.evaluate(
        "probes.stats().then((stats) => [probes.peers.length, stats.inbound.video ?? {}])"
    )
    return peers, stats


def _stalled() -> float | None:
    """Seconds since the start of this machine in which something waited for a processor."""
    try:
        some = PRESSURE.read_text("ascii").splitlines()[0]
    except OSError:
        return None
    return int(some.rpartition("total=")[2]) / 1e6


@contextmanager
def _stream(network: Bottleneck, scenario: Scenario) -> Iterator[None]:
    """Let the scenario's TCP stream come, where it has one: at its time, counted from here on."""
    if scenario.tcp is None:
        yield
        return
    begin, end = scenario.tcp
    taking = _start([*network.phone.prefix, *_program("take", PHONE, STREAM_PORT)])
    assert taking.stdout
    assert taking.stdout.readline() == b"ready\n"
    given = _program("give", PHONE, STREAM_PORT, begin, end - begin)
    giving = _start([*network.home.prefix, *given])
    try:
        yield
    finally:
        for each in (giving, taking):
            each.kill()
            each.communicate()


def _program(*words: object) -> list[str]:
    return [sys.executable, "-m", "tests.benchmarks.network.stream", *map(str, words)]


def _start(command: Sequence[str]) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE)
