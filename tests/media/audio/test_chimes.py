"""The chimes: two notes, rising or falling, without a click."""

import numpy as np
import pytest

from homecall_appliance.config.model import Audio
from homecall_appliance.media.audio.chimes import COMING, ENDED, KNOCKING, PEAK, RINGING, Chime
from homecall_appliance.media.audio.echo import create_canceller
from tests.support.rigs.audio.room import Room
from tests.support.rigs.audio.talk import run
from tests.support.rigs.audio.tones import RATE, Sound, dominant_frequency


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


def test_who_waits_is_heard_again_and_again() -> None:
    assert [len(whole(each)) for each in (RINGING, KNOCKING)] == [4 * RATE, 10 * RATE]
    assert (whole(RINGING)[: len(whole(COMING))] == whole(COMING)).all()
    assert not whole(RINGING)[len(whole(COMING)) :].any()
    short, long = (np.flatnonzero(whole(each))[-1] for each in (KNOCKING, RINGING))
    assert short < long / 3, "a knock is in nobody's way"


@pytest.mark.parametrize("chime", [COMING, ENDED, KNOCKING], ids=["coming", "ended", "knocking"])
def test_its_level(chime: Chime) -> None:
    assert np.abs(whole(chime)).max() == round(32767 * 10 ** (PEAK / 20))


@pytest.mark.parametrize("chime", [COMING, ENDED, KNOCKING], ids=["coming", "ended", "knocking"])
def test_it_does_not_click(chime: Chime) -> None:
    # A click has all frequencies, the stroke of a soft hammer only those of a voice.
    sound = whole(chime)
    assert np.abs([sound[:10], sound[-10:]]).max() < 20
    sound = np.pad(sound, RATE // 10)
    power = np.square(np.abs(np.fft.rfft(sound)))
    high = power[8000 * len(sound) // RATE :]
    assert 10 * np.log10(high.sum() / power.sum()) < -55


@pytest.mark.apt
@pytest.mark.parametrize("volume", [100, 30])
@pytest.mark.parametrize("delay", [0, 40, 120, 200])
def test_the_echo_canceller_knows_the_delay_by_it(delay: int, volume: int) -> None:
    pause = np.zeros(RATE, np.int16)
    played = np.concatenate([pause, whole(COMING), pause])
    played = (played * (volume / 100)).astype(np.int16)
    captured = Room(delay=delay / 1000).hear(played, np.zeros_like(played))
    canceller = create_canceller(Audio())
    run(canceller.process, captured, played)
    assert canceller.figures.delay == pytest.approx(delay, abs=5)
