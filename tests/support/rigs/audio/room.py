"""A room with the appliance in it: what the microphone hears of the loudspeaker and of a person."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tests.support.rigs.audio.tones import RATE, Sound

Signal = NDArray[np.float64]
"""Samples of any length at 48 kHz; full scale is 1."""

RESPONSE_SECONDS = 0.2
TAPS = 16


@dataclass(frozen=True)
class Room:
    """A path from the loudspeaker to the microphone."""

    delay: float = 0.04
    """Seconds from the block that is handed over to the first of it in what is captured."""

    drift: float = 0.0
    """How much faster the microphone's clock is than the loudspeaker's, in parts per million."""

    coupling: float = -3.0
    """How loud the echo is, in dB against what is handed over."""

    reverberation: float = 0.3
    """Seconds in which the echo falls by 60 dB (ISO 3382, RT60)."""

    drive: float = 1.0
    """How hard the loudspeaker is driven: at 1, a peak of half of full scale is 8 % too low."""

    noise: float = -63.0
    """The noise of the room, in dBFS (a sine of full scale: -3)."""

    number: int = 7
    """Which of many rooms it is."""

    def response(self) -> Signal:
        """Return the direct sound and its reverberation: noise that decays exponentially."""
        length = round(RESPONSE_SECONDS * RATE)
        time = np.arange(length) / RATE
        taps = np.random.default_rng(self.number).standard_normal(length) * 10 ** (
            -3 * time / self.reverberation
        )
        taps[: RATE // 1000] = 0  # nothing is heard before the direct sound
        taps[0] = 0.5 * np.sqrt(np.sum(taps**2))
        return np.asarray(taps / np.sqrt(np.sum(taps**2)) * 10 ** (self.coupling / 20))

    def echo(self, played: Sound) -> Signal:
        """Return what the microphone hears of the loudspeaker; as long as `played`."""
        size = len(played)
        driven = played / 32768.0
        if self.drive:
            driven = np.tanh(self.drive * driven) / self.drive
        length = 1 << (size + round(RESPONSE_SECONDS * RATE)).bit_length()
        spectrum = np.fft.rfft(driven, length) * np.fft.rfft(self.response(), length)
        echo = np.fft.irfft(spectrum, length)[:size]
        if self.drift:
            places = np.arange(size) * (1 + self.drift * 1e-6) - self.delay * RATE
            return read(echo, np.asarray(places, np.float64))
        delay = round(self.delay * RATE)
        return np.concatenate([np.zeros(delay), echo])[:size]

    def hear(self, played: Sound, near: Sound) -> Sound:
        """Return what is captured while `played` is played and a person says `near`."""
        noise = np.random.default_rng(3).standard_normal(len(played)) * 10 ** (self.noise / 20)
        heard = self.echo(played) + near / 32768.0 + noise
        return np.rint(np.clip(heard * 32768, -32768, 32767)).astype(np.int16)


def read(signal: Signal, places: Signal) -> Signal:
    """Return the signal between its samples (a sinc of 16 taps under a window of Hann)."""
    first = np.floor(places).astype(np.int64) - TAPS // 2 + 1
    padded = np.pad(signal, TAPS)
    result = np.zeros(len(places))
    for tap in range(TAPS):
        index = first + tap
        distance = places - index
        weight = np.sinc(distance) * np.cos(np.pi * distance / TAPS) ** 2
        result += weight * padded[np.clip(index + TAPS, 0, len(padded) - 1)]
    return result
