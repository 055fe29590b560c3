"""The way from the loudspeaker to the microphone, found by a sine that rises through all tones.
PURE.

A. Farina, "Simultaneous measurement of impulse response and distortion with a swept-sine
technique", 108th AES Convention, 2000: what a loudspeaker distorts comes out before the response,
and not in it.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from homecall_appliance.media.ports import SAMPLE_RATE

Signal = NDArray[np.float64]
"""Samples at 48 kHz, shape (n,)."""

FIRST, LAST = 100.0, 8000.0
"""Hertz. A small loudspeaker gives nothing below, and what is above hurts first."""

SECONDS = 1.4

BAND = (300.0, 3400.0)
"""Hertz: the telephone's band, by which an echo is judged (ITU-T G.122, annex B)."""

_FADE = 0.03
_OCTAVES = np.log(LAST / FIRST)


@cache
def sweep() -> Signal:
    """Return the sweep; full scale is 1."""
    time = np.arange(round(SECONDS * SAMPLE_RATE)) / SAMPLE_RATE
    turns = FIRST * SECONDS / _OCTAVES * (np.exp(_OCTAVES * time / SECONDS) - 1)
    ends = (np.minimum(time, SECONDS - time) / _FADE).clip(0, 1)
    return np.asarray(np.sin(2 * np.pi * turns) * (1 - np.cos(np.pi * ends)) / 2)


def response(heard: Signal) -> Signal:
    """Return the impulse response of a way, by what came out of it: from the beginning of the
    sweep to `n` samples after its end. Shape (n,): so much delay can be seen."""
    count = len(sweep())
    size = 1 << (len(heard) + count).bit_length()
    found = np.fft.irfft(np.fft.rfft(heard, size) * np.fft.rfft(_inverse(), size), size)
    return np.asarray(found[count - 1 : len(heard)])


def gain(impulse: Signal) -> float:
    """Return the gain of an impulse response in BAND, in dB."""
    power = np.square(np.abs(np.fft.rfft(impulse, SAMPLE_RATE)))  # a bin for each hertz
    return decibels(float(np.mean(power[round(BAND[0]) : round(BAND[1])])))


def level(sound: Signal) -> float:
    """Return how loud a sound is in BAND: RMS in dB; that of a sine from -1 to 1 is -3."""
    window = np.hanning(len(sound))
    power = np.square(np.abs(np.fft.rfft(sound * window)))
    low, high = (round(each * len(sound) / SAMPLE_RATE) for each in BAND)
    return decibels(2 * float(np.sum(power[low:high])) / len(sound) / float(np.sum(window**2)))


def decibels(power: float) -> float:
    """Return a power in dB; at least that of digital silence."""
    return 10 * float(np.log10(power + 1e-10))


@cache
def _inverse() -> Signal:
    """Return what makes a single pulse out of the sweep: the sweep in reverse, with its low tones,
    which take longer, made softer by 6 dB an octave."""
    falling = np.exp(-_OCTAVES * np.arange(len(sweep())) / len(sweep()))
    reverse = sweep()[::-1] * falling
    size = 2 * len(reverse)
    both = np.abs(np.fft.rfft(sweep(), size) * np.fft.rfft(reverse, size))
    low, high = (round(each * size / SAMPLE_RATE) for each in BAND)
    return np.asarray(reverse / np.sqrt(np.mean(np.square(both[low:high]))))
