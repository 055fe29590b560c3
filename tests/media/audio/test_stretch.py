"""Sound made shorter and longer."""

from collections.abc import Callable

import numpy as np
import pytest

from homecall_appliance.media.audio.stretch import LENGTH, LONGEST, SHORTEST, lengthen, shorten
from homecall_appliance.media.ports import Block
from tests.support.rigs.audio.tones import dominant_frequency, tone
from tests.support.speech import VISITOR, speech

Stretch = Callable[[Block], Block]
BOTH = pytest.mark.parametrize("stretch", [shorten, lengthen])


def repeated(stretch: Stretch, sound: Block) -> Block:
    """Stretch each 20 ms of a sound."""
    return np.concatenate([stretch(block) for block in sound.reshape(-1, LENGTH)])


def largest_step(sound: Block) -> int:
    return int(np.abs(np.diff(sound.astype(np.int32))).max())


@BOTH
@pytest.mark.parametrize("hertz", [100.0, 220.0, 440.0, 1000.0, 3000.0])
def test_a_tone_keeps_its_pitch_and_has_no_click(stretch: Stretch, hertz: float) -> None:
    sound = tone(hertz, 1.0)
    stretched = repeated(stretch, sound)
    assert abs(dominant_frequency(stretched) - hertz) < 0.02 * hertz
    assert largest_step(stretched) < 1.5 * largest_step(sound)


@BOTH
def test_one_period_is_gained(stretch: Stretch) -> None:
    sound = tone(200.0, 0.1)
    for start in range(0, 2000, 77):
        gained = abs(len(stretch(sound[start : start + 1500])) - 1500)
        assert SHORTEST <= gained <= LONGEST
        assert gained % 240 < 5 or gained % 240 > 235  # of 200 Hz


@pytest.mark.apt
@BOTH
def test_speech_is_stretched_by_a_tenth_at_least(stretch: Stretch) -> None:
    said = speech(VISITOR)
    changed = abs(len(repeated(stretch, said)) - len(said))
    assert changed > 0.1 * len(said)
    assert largest_step(repeated(stretch, said)) <= 1.2 * largest_step(said)


@BOTH
def test_silence_is_stretched_by_the_most(stretch: Stretch) -> None:
    assert abs(len(stretch(np.zeros(LENGTH, np.int16))) - LENGTH) == LONGEST


@BOTH
def test_what_does_not_repeat_stays(stretch: Stretch) -> None:
    noise = np.random.default_rng(1).normal(0, 5000, LENGTH).astype(np.int16)
    assert stretch(noise) is noise
    click = np.zeros(LENGTH, np.int16)
    click[100:110] = 32767
    assert stretch(click) is click
