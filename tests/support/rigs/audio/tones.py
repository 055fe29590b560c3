"""Tones to play, and the ear that recognises them: mono, 48 kHz, signed 16 bit."""

import numpy as np
from numpy.typing import NDArray

RATE = 48_000
TENTH = RATE // 10
Sound = NDArray[np.int16]


def tone(frequency: float, seconds: float, level: float = -12.0) -> Sound:
    """A sine of `frequency` hertz, `level` dBFS."""
    time = np.arange(round(seconds * RATE)) / RATE
    sine = 32767 * 10 ** (level / 20) * np.sin(2 * np.pi * frequency * time)
    return np.rint(sine).astype(np.int16)


def steady(sound: Sound) -> Sound:
    """The loudest tenth of a second: on a machine with much to do a sound may have gaps."""
    parts = sound[: len(sound) // TENTH * TENTH].reshape(-1, TENTH)
    loudest: Sound = parts[np.square(parts.astype(float)).sum(axis=1).argmax()]
    return loudest


def dominant_frequency(sound: Sound) -> float:
    """The frequency in hertz of the loudest component, to a tenth of a bin; 0.0 for silence."""
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    peak = int(spectrum.argmax())
    if spectrum[peak] == 0:
        return 0.0
    offset = 0.0
    if 0 < peak < len(spectrum) - 1:  # the top of the parabola through three bins
        low, top, high = np.log(spectrum[peak - 1 : peak + 2] + 1e-9)
        offset = 0.5 * (low - high) / (low - 2 * top + high)
    return float((peak + offset) * RATE / len(sound))


def level_dbfs(sound: Sound) -> float:
    """The level in dBFS: a sine of full scale has 0, silence has -inf."""
    mean_square = float(np.mean(np.square(sound / 32768.0)))
    return 10 * float(np.log10(2 * mean_square)) if mean_square else float("-inf")
