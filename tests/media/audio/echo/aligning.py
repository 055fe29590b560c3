"""What an `Aligned` gives its canceller."""

from collections.abc import Sequence

import numpy as np

from homecall_appliance.media.audio.echo.aligned import Aligned
from homecall_appliance.media.ports import BLOCK_SAMPLES, Block
from tests.support.rigs.audio.room import Room, read
from tests.support.rigs.audio.talk import voices
from tests.support.rigs.audio.tones import RATE, Sound


class Recorder:
    """A canceller that remembers what it is given, and gives back what was captured."""

    def __init__(self) -> None:
        self.captured: list[Block] = []
        self.played: list[Block] = []

    def process(self, captured: Block, played: Block) -> Block:
        self.captured.append(captured)
        self.played.append(played)
        return captured


class Alignment:
    """An `Aligned`, and what comes of a sound."""

    def __init__(self) -> None:
        self.recorders: list[Recorder] = []
        self.delays: list[float | None] = []
        self.aligned = Aligned("test", self._make)

    def run(self, captured: Sound, played: Sound, skipped: Sequence[float] = ()) -> Sound:
        heard = []
        pairs = list(zip(blocks(captured), blocks(played), strict=True))
        for pair, samples in zip(pairs, skipped or [0.0] * len(pairs), strict=True):
            heard.append(self.aligned.process(*pair, samples))
            self.delays.append(self.aligned.figures.delay)
        return np.concatenate(heard)

    def _make(self) -> Recorder:
        self.recorders.append(Recorder())
        return self.recorders[-1]


def blocks(sound: Sound) -> list[Block]:
    return list(sound[: len(sound) // BLOCK_SAMPLES * BLOCK_SAMPLES].reshape(-1, BLOCK_SAMPLES))


def caller(seconds: float) -> Sound:
    return voices()[0][: round(seconds * RATE)]


def echo(room: Room, played: Sound) -> Sound:
    return room.hear(played, np.zeros_like(played))


def drifting(played: Sound, drift: float) -> Sound:
    """The sound itself 100 ms later, by a clock that is faster by `drift` parts per million."""
    places = np.arange(len(played)) * (1 + drift * 1e-6) - 0.1 * RATE
    return np.rint(read(played.astype(float), np.asarray(places, float))).astype(np.int16)


def steered(sound: Sound, ppm: Sequence[float]) -> tuple[Sound, list[float]]:
    """The sound as a bridge between two clocks gives it, and what that has skipped in each block:
    `ppm` millionths of it."""
    skipped = [BLOCK_SAMPLES * each * 1e-6 for each in ppm]
    places = np.cumsum(1 + np.repeat(ppm, BLOCK_SAMPLES) * 1e-6)
    return np.rint(read(sound.astype(float), places)).astype(np.int16), skipped


def lateness(sound: Sound, reference: Sound) -> float:
    """Return by how many samples it is late, to an eighth."""
    size = 2 * len(sound)
    spectrum = np.fft.rfft(sound, size) * np.conj(np.fft.rfft(reference, size))
    return int(np.fft.irfft(spectrum, 8 * size)[:RATE].argmax()) / 8
