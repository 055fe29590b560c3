"""What the test has measured. PURE."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from homecall_appliance.doctor.acoustics.programme import (
    QUIET,
    SPEECH,
    SPEECH_SETTLED,
    SWEEPS,
)
from homecall_appliance.doctor.acoustics.sweep import Signal, gain, level, response
from homecall_appliance.media.ports import BLOCK_SAMPLES, SAMPLE_RATE, Block, EchoCanceller

FULL_SCALE = 32767

HEARD = 18.0
"""dB by which the direct sound must stand out of the noise to be one; the loudest of so many
samples of noise does by 13."""

_BEFORE, _AFTER = SAMPLE_RATE // 400, SAMPLE_RATE // 5


@dataclass(frozen=True)
class Echo:
    """What the microphone hears of the loudspeaker, in the band of the telephone."""

    delay: float
    """Milliseconds from the block that is handed over to what is captured with it."""

    shift: float
    """Milliseconds by which it was longer six seconds later."""

    level: float
    """dBFS of something like speech at -20 dBFS."""

    loss: float
    """dB by which it is softer than it was played (ITU-T G.168: echo return loss)."""

    left: float
    """dBFS of what is left of it after cancellation."""

    cancelled_loss: float
    """`loss` with cancellation."""


@dataclass(frozen=True)
class Figures:
    """All of it."""

    canceller: str
    """Its name (`media.ports.EchoFigures`)."""

    peak: int
    """The loudest sample, from 0 to 32768."""

    clipped: int
    """How many samples were at full scale."""

    noise: float
    """dBFS, in the band of the telephone, while nothing is played."""

    echo: Echo | None
    """None: it could not be found in the noise."""


def from_values(values: Mapping[str, Any]) -> Figures:
    """Return what `dataclasses.asdict` has made of figures."""
    echo = values["echo"]
    return Figures(**{**values, "echo": echo and Echo(**echo)})


def measure(played: Block, captured: Block, canceller: EchoCanceller) -> Figures:
    """Measure a `programme` as it was played, and what was captured meanwhile: shape (LENGTH,)."""
    heard = captured / 32768
    return Figures(
        canceller=canceller.figures.name,
        peak=int(np.abs(captured.astype(np.int32)).max()),
        clipped=int(np.count_nonzero(np.abs(captured.astype(np.int32)) >= FULL_SCALE)),
        noise=round(level(heard[QUIET]), 1),
        echo=_echo(played, captured, canceller),
    )


def _echo(played: Block, captured: Block, canceller: EchoCanceller) -> Echo | None:
    heard, said = captured / 32768, np.pad(played / 32768, (_BEFORE, 0))
    impulses = [response(heard[place]) for place in SWEEPS]
    first, second = (_direct_sound(each) for each in impulses)
    if first is None or second is None:
        return None
    handed_over = _around(response(said[SWEEPS[0]]), _BEFORE)
    arrived = zip(impulses, (first, second), strict=True)
    # Where sound is lost on the way, a sweep comes out softer, and never louder.
    loss = gain(handed_over) - max(gain(_around(*each)) for each in arrived)
    left = level(_cancelled(played, captured, canceller)[SPEECH_SETTLED] / 32768)
    before = level(heard[SPEECH_SETTLED])
    return Echo(
        delay=round(1000 * first / SAMPLE_RATE, 1),
        shift=round(1000 * (second - first) / SAMPLE_RATE, 1),
        level=round(before, 1),
        loss=round(loss, 1),
        left=round(left, 1),
        cancelled_loss=round(loss + before - left, 1),
    )


def _direct_sound(impulse: Signal) -> int | None:
    """Return when the sound that comes straight arrives, in samples; None: there is none."""
    loudness = np.abs(impulse)
    noise = float(np.median(loudness)) / 0.6745  # the deviation of the normal distribution by it
    place = int(loudness.argmax())
    return place if loudness[place] > noise * 10 ** (HEARD / 20) else None


def _around(impulse: Signal, place: int) -> Signal:
    """Return the direct sound and its reflections, without most of the noise."""
    return impulse[max(0, place - _BEFORE) : place + _AFTER]


def _cancelled(played: Block, captured: Block, canceller: EchoCanceller) -> Block:
    """Return what is captured with the echo of the speech taken out of it."""
    result = captured.copy()
    for start in range(SPEECH.start, SPEECH.stop, BLOCK_SAMPLES):
        block = slice(start, start + BLOCK_SAMPLES)
        result[block] = canceller.process(captured[block], played[block])
    return result
