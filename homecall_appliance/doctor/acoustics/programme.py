"""What is played for the test: a sweep, something like speech, and the sweep once more. PURE."""

import numpy as np

from homecall_appliance.doctor.acoustics.sweep import SECONDS, Signal, sweep
from homecall_appliance.media.ports import SAMPLE_RATE, Block

SWEEP_LEVEL = -20.0
"""dBFS of its peak: softer than a voice, since it is found below the noise of a room as well."""

SPEECH_LEVEL = -20.0
"""dBFS: as loud as a caller."""

LONGEST_DELAY = 0.5
"""Seconds of silence after each part: no canceller looks for more."""

SPEECH_SECONDS = 4.0
SETTLED = 2.5
"""Seconds after which a canceller is expected to have learnt the room."""

_SYLLABLE = 0.25
_WORD = 4


def _place(start: float, seconds: float) -> slice:
    return slice(round(start * SAMPLE_RATE), round((start + seconds) * SAMPLE_RATE))


_GAP = LONGEST_DELAY
QUIET = _place(0.3, 0.3)
"""Where nothing is played. What comes before is the device's beginning."""

SWEEPS = (
    _place(0.6, SECONDS + _GAP),
    _place(0.6 + SECONDS + _GAP + SPEECH_SECONDS + _GAP, SECONDS + _GAP),
)
"""Where the two sweeps and their echoes are."""

SPEECH = _place(0.6 + SECONDS + _GAP, SPEECH_SECONDS + _GAP)
"""Where the speech and its echo are."""

SPEECH_SETTLED = _place(0.6 + SECONDS + _GAP + SETTLED, SPEECH_SECONDS - SETTLED)
"""Its last part."""

LENGTH = SWEEPS[1].stop
PLAYING_SECONDS = LENGTH / SAMPLE_RATE


def programme(volume: int) -> Block:
    """Return all of it, at a `volume` in per cent as the calls have it: shape (LENGTH,), which is
    a whole number of blocks."""
    whole = np.zeros(LENGTH)
    for place in SWEEPS:
        whole[place.start : place.start + len(sweep())] = sweep() * 10 ** (SWEEP_LEVEL / 20)
    speech = _speech()
    whole[SPEECH.start : SPEECH.start + len(speech)] = speech
    return np.rint(32767 * volume / 100 * np.clip(whole, -1, 1)).astype(np.int16)


def _speech() -> Signal:
    """Return noise with the spectrum and the rhythm of speech, always the same: flat to 500 Hz and
    9 dB an octave less above it (after ITU-T P.50), in syllables, of which each fourth is a pause.

    Cancellers do with it as well as with real speech.
    """
    count = round(SPEECH_SECONDS * SAMPLE_RATE)
    hertz = np.fft.rfftfreq(count, 1 / SAMPLE_RATE)
    shape = np.where((hertz > 100) & (hertz < 8000), (np.maximum(hertz, 500) / 500) ** -1.5, 0)
    noise = np.fft.rfft(np.random.default_rng(50).standard_normal(count)) * shape
    time = np.arange(count) / SAMPLE_RATE
    rhythm = np.sin(np.pi * time / _SYLLABLE) ** 2
    rhythm[time // _SYLLABLE % _WORD == _WORD - 1] = 0
    speech = np.fft.irfft(noise, count) * rhythm
    return np.asarray(speech * 10 ** (SPEECH_LEVEL / 20) / np.sqrt(np.mean(speech**2)))
