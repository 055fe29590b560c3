"""How well the sound keeps pace beside a load that leaves it one core.

    python tests/benchmarks/xruns.py --help

The sound card on the rig's null sinks, with about what a call does in its callbacks: a block is
encoded, and one is decoded. An xrun is what the sound system reports, concealed is what was not
there in time for the echo canceller, late a callback of the loudspeaker 20 ms after its time: by so
much it may be late before it is heard.
"""

import argparse
import multiprocessing
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from rigs.audio.rig import AudioRig
from rigs.audio.tones import tone

from homecall_appliance.media.audio.opus import OpusDecoder, OpusEncoder
from homecall_appliance.media.audio.portaudio import SoundCard
from homecall_appliance.media.ports import BLOCK_SAMPLES, SAMPLE_RATE, Block

NICE = -5
"""As the service has it (its unit); only root may."""

BLOCK_SECONDS = BLOCK_SAMPLES / SAMPLE_RATE


def main() -> None:
    """Print a line."""
    parser = argparse.ArgumentParser(formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60, help="how long")
    parser.add_argument("--idle", action="store_true", help="without the load")
    options = parser.parse_args()
    cores = [] if options.idle else sorted(os.sched_getaffinity(0))[1:]
    with AudioRig() as rig, busy(cores), rig.playing(tone(715.0, 60 * options.minutes + 10)):
        os.environ.update(rig.environment)
        with suppress(PermissionError):
            os.nice(NICE)
        print(f"{len(cores)} cores busy, {measured(options.minutes)}", flush=True)


def measured(minutes: float) -> str:
    """What comes of a call of that length."""
    card, call = SoundCard(), Call()
    before = time.process_time()
    with card.open(call):
        time.sleep(60 * minutes)
    used = (time.process_time() - before) / (60 * minutes)
    gaps = np.diff(call.times)
    figures = card.figures
    return (
        f"{minutes:g} min, {len(call.times)} blocks, {figures.xruns} xruns, "
        f"{figures.concealed} concealed, {(gaps > 2 * BLOCK_SECONDS).sum()} late, "
        f"longest pause {1000 * gaps.max():.0f} ms, drift {figures.drift:.1f} ppm, "
        f"{100 * used:.1f} % of a core"
    )


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

    def hear(self, captured: Block, _played: Block) -> None:
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


def _spin(core: int) -> None:
    os.sched_setaffinity(0, {core})
    while True:
        pass


if __name__ == "__main__":
    main()
