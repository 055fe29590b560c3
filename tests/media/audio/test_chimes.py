"""The chimes: two notes, rising or falling, without a click."""

import numpy as np
import pytest
from rigs.audio.tones import RATE, Sound, dominant_frequency

from homecall_appliance.media.audio.chimes import COMING, ENDED, PEAK, Chime


def whole(chime: Chime) -> Sound:
    assert {(block.shape, block.dtype.str) for block in chime} == {((960,), "<i2")}
    return np.concatenate(chime)


@pytest.mark.parametrize(
    ("chime", "first", "second", "seconds"),
    [(COMING, 659.26, 880.0, 1.12), (ENDED, 880.0, 659.26, 0.44)],
    ids=["coming", "ended"],
)
def test_its_two_notes(chime: Chime, first: float, second: float, seconds: float) -> None:
    sound = whole(chime)
    assert len(sound) == round(seconds * RATE)
    assert dominant_frequency(sound[: RATE // 10]) == pytest.approx(first, abs=5)
    assert dominant_frequency(sound[-RATE // 5 :]) == pytest.approx(second, abs=5)


@pytest.mark.parametrize("chime", [COMING, ENDED], ids=["coming", "ended"])
def test_its_level(chime: Chime) -> None:
    assert np.abs(whole(chime)).max() == round(32767 * 10 ** (PEAK / 20))


@pytest.mark.parametrize("chime", [COMING, ENDED], ids=["coming", "ended"])
def test_it_does_not_click(chime: Chime) -> None:
    # A click has all frequencies; a bell that is struck and damped softly has its own.
    sound = whole(chime)
    assert np.abs([sound[:10], sound[-10:]]).max() < 20
    sound = np.pad(sound, RATE // 10)
    power = np.square(np.abs(np.fft.rfft(sound)))
    high = power[4000 * len(sound) // RATE :]
    assert 10 * np.log10(high.sum() / power.sum()) < -55
