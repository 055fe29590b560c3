"""What several sinks play, recorded at once: when a sound was said, and when it is heard elsewhere.

The sinks become one group of PipeWire's graph by that, with one clock.
"""

import os
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from tests.support.rigs.audio.tones import RATE, Sound

START_SECONDS = 10.0

NODE = "together"


class Recording:
    """A column of sound for each sink; complete once the recorder has ended."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def sounds(self) -> list[Sound]:
        """What each sink has played, in their order."""
        with av.open(str(self._file), mode="r") as container:
            channels = container.streams.audio[0].channels
            parts = [
                frame.to_ndarray().reshape(-1, channels) for frame in container.decode(audio=0)
            ]
        return list(np.concatenate(parts).astype(np.int16).T)


@contextmanager
def recording(
    environment: Mapping[str, str], ports: Sequence[str], file: Path
) -> Iterator[Recording]:
    """Record these output ports, such as "spk:monitor_FL", until left."""
    everything = {**os.environ, **environment}
    names = [f"AUX{number}" for number in range(len(ports))]
    process = subprocess.Popen(
        [
            *("pw-record", "--rate", str(RATE), "--format", "s16", "--channels", str(len(ports))),
            *("--channel-map", ",".join(names), "--latency", "20ms"),
            *("-P", f'{{ "node.name": "{NODE}", "node.autoconnect": false }}', str(file)),
        ],
        env=everything,
    )
    try:
        for port, name in zip(ports, names, strict=True):
            link = ("pw-link", port, f"{NODE}:input_{name}")
            _until(partial(_succeeds, link, everything))
        yield Recording(file)
    finally:
        process.terminate()
        process.wait()


def delay(said: Sound, heard: Sound, longest: float = 2.0) -> float:
    """Return how many seconds later `said` is in `heard`, by their correlation; both (n,)."""
    size = 1 << (2 * len(said) - 1).bit_length()
    first, second = (np.fft.rfft(each.astype(np.float64), size) for each in (said, heard))
    correlation: NDArray[np.float64] = np.fft.irfft(second * np.conj(first), size)
    return int(np.abs(correlation[: round(longest * RATE)]).argmax()) / RATE


def _succeeds(command: Sequence[str], environment: Mapping[str, str]) -> bool:
    done = subprocess.run(command, env=environment, check=False, capture_output=True)
    return done.returncode == 0


def _until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not done():
        assert time.monotonic() < deadline, "The recorder does not start."
        time.sleep(0.05)
