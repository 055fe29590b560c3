"""How well the sound keeps pace beside a load that leaves it one core.

    python -m tests.benchmarks.xruns --help

The sound card on the rig's null sinks, with about what a call does in its callbacks: a block is
encoded, and one is decoded. An xrun is what the sound system reports, concealed is what was not
there in time for the echo canceller, late a callback of the loudspeaker 20 ms after its time: by so
much it may be late before it is heard. A pause in which a core itself stood still, of a virtual
machine whose host had other work, is counted apart: on each core a witness of the highest priority
looks for them.
"""

import argparse
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from multiprocessing.queues import SimpleQueue
from multiprocessing.synchronize import Event

import numpy as np

from homecall_appliance.media.audio.opus import OpusDecoder, OpusEncoder
from homecall_appliance.media.audio.portaudio import SoundCard
from homecall_appliance.media.ports import BLOCK_SAMPLES, SAMPLE_RATE, Block
from tests.support.rigs.audio.rig import AudioRig
from tests.support.rigs.audio.tones import tone

NICE = -5
"""As the service has it (its unit)."""

BLOCK_SECONDS = BLOCK_SAMPLES / SAMPLE_RATE

LOOK_SECONDS = 0.1
"""Between two looks at the counter of xruns."""

WITNESS_SECONDS = 0.005
STANDSTILL_SECONDS = 0.02
"""So long nothing that runs on a core, of whatever priority, was run."""

Pause = tuple[float, float]
"""Its beginning and end on the monotonic clock, in seconds."""


def main() -> None:
    """Print a line."""
    parser = argparse.ArgumentParser(formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60, help="how long")
    parser.add_argument("--idle", action="store_true", help="without the load")
    options = parser.parse_args()
    if os.geteuid():
        parser.error("Only root may give a witness the highest priority.")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # and leave what was entered
    cores = [] if options.idle else sorted(os.sched_getaffinity(0))[1:]
    with (
        AudioRig() as rig,
        busy(cores),
        witnesses() as standstills,
        rig.playing(tone(715.0, 60 * options.minutes + 10)),
    ):
        os.environ.update(rig.environment)
        os.nice(NICE)
        print(f"{len(cores)} cores busy, {measured(options.minutes, standstills)}", flush=True)


def measured(minutes: float, standstills: Callable[[], list[Pause]]) -> str:
    """What comes of a call of that length."""
    card, call = SoundCard(), Call()
    before = time.process_time()
    xruns: list[Pause] = []
    with card.open(call):
        end, looked = time.monotonic() + 60 * minutes, time.monotonic()
        while looked < end:
            time.sleep(LOOK_SECONDS)
            if card.figures.xruns > len(xruns):
                xruns.append((looked - LOOK_SECONDS, time.monotonic()))
            looked = time.monotonic()
    used = (time.process_time() - before) / (60 * minutes)
    figures, stood_still = card.figures, standstills()

    def own(pauses: list[Pause]) -> list[Pause]:
        return [each for each in pauses if not any(_overlap(each, still) for still in stood_still)]

    late = [pause for pause in pairwise(call.times) if _length(pause) > 2 * BLOCK_SECONDS]
    return (
        f"{minutes:g} min, {len(call.times)} blocks, {figures.xruns} xruns, {len(own(xruns))} of "
        f"them while no core stood still, {figures.concealed} concealed, {_summary(late)} late, "
        f"{_summary(own(late))} of them while no core stood still; {_summary(stood_still)} times "
        f"one did; drift {figures.drift:.1f} ppm, {100 * used:.1f} % of a core"
    )


def _summary(pauses: Sequence[Pause]) -> str:
    longest = max(map(_length, pauses), default=0.0)
    return f"{len(pauses)} (up to {1000 * longest:.0f} ms)"


def _length(pause: Pause) -> float:
    return pause[1] - pause[0]


def _overlap(one: Pause, other: Pause) -> bool:
    return one[0] < other[1] and other[0] < one[1]


class Call:
    """A `media.ports.Exchange` that does what a call does."""

    def __init__(self) -> None:
        self.times: list[float] = []
        self._encoder, self._decoder = OpusEncoder(), OpusDecoder()
        self._last = self._encoder.encode(np.zeros(BLOCK_SAMPLES, np.int16)).data

    def play(self) -> Block:
        """Play what was heard."""
        self.times.append(time.monotonic())
        return self._decoder.decode(self._last)

    def hear(self, captured: Block, _played: Block, _skipped: float) -> None:
        """Hear."""
        self._last = self._encoder.encode(captured).data


@contextmanager
def busy(cores: list[int]) -> Iterator[None]:
    """Keep these cores busy."""
    processes = [multiprocessing.Process(target=_spin, args=(core,), daemon=True) for core in cores]
    for process in processes:
        process.start()
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.join()


@contextmanager
def witnesses() -> Iterator[Callable[[], list[Pause]]]:
    """Watch all cores; a call of what it gives ends that, and tells when one stood still."""
    context = multiprocessing.get_context("fork")
    end, seen = context.Event(), context.SimpleQueue()
    cores = os.sched_getaffinity(0)
    processes = [
        context.Process(target=_witness, args=(core, end, seen), daemon=True) for core in cores
    ]
    for process in processes:
        process.start()

    def told() -> list[Pause]:
        end.set()
        return sorted(pause for _ in processes for pause in seen.get())

    try:
        yield told
    finally:
        end.set()
        for process in processes:
            process.join()


def _witness(core: int, end: Event, seen: "SimpleQueue[list[Pause]]") -> None:
    os.sched_setaffinity(0, {core})
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(99))
    pauses, last = [], time.monotonic()
    while not end.is_set():
        time.sleep(WITNESS_SECONDS)
        now = time.monotonic()
        if now - last > STANDSTILL_SECONDS:
            pauses.append((last, now))
        last = now
    seen.put(pauses)


def _spin(core: int) -> None:
    os.sched_setaffinity(0, {core})
    while True:
        pass


if __name__ == "__main__":
    main()
