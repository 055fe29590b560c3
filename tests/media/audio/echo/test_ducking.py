"""The microphone that is lowered while it hears nothing but the loudspeaker."""

import numpy as np
import pytest

from homecall_appliance.media.audio.echo.ducking import DEPTH, Ducking
from tests.support.rigs.audio.room import Room
from tests.support.rigs.audio.talk import decibels, run, talk, voices
from tests.support.rigs.audio.tones import RATE, Sound, tone

CALLER = voices()[0][RATE // 2 : 6 * RATE + RATE // 2]
NOBODY = np.zeros_like(CALLER)


def echo(coupling: float = -3) -> Sound:
    return Room(delay=0, coupling=coupling).hear(CALLER, NOBODY)


def test_a_voice_is_untouched_while_nothing_is_played() -> None:
    said = voices()[1][-6 * RATE :]
    assert np.array_equal(run(Ducking().process, said, NOBODY), said)


@pytest.mark.parametrize("coupling", [-20, -3, 0])
def test_the_echo_is_lowered_from_the_first_word(coupling: float) -> None:
    captured = echo(coupling)
    heard = run(Ducking().process, captured, CALLER)
    assert decibels(heard[:RATE]) < decibels(captured[:RATE]) - 10
    assert decibels(heard[RATE:]) < decibels(captured[RATE:]) - 13


def test_nothing_is_lowered_by_more_than_its_depth() -> None:
    captured = tone(440, 2)
    heard = run(Ducking().process, captured, tone(440, 2, -1))
    assert decibels(heard[RATE:]) == pytest.approx(decibels(captured) + DEPTH, abs=0.5)


def test_a_voice_that_is_louder_than_the_echo_is_heard() -> None:
    ducking = Ducking()
    run(ducking.process, echo(-30), CALLER)
    said = voices()[1][-6 * RATE :]
    captured = Room(delay=0, coupling=-30).hear(CALLER, said)
    heard = run(ducking.process, captured, CALLER)
    assert decibels(heard) > decibels(said) - 1


def test_the_microphone_is_raised_again_after_the_last_word() -> None:
    ducking = Ducking()
    run(ducking.process, echo(), CALLER)
    captured = tone(440, 1, -40)
    heard = run(ducking.process, captured, np.zeros_like(captured))
    assert decibels(heard[RATE // 2 :]) == pytest.approx(decibels(captured), abs=0.1)


def test_there_is_no_step_in_the_sound() -> None:
    talked = talk(Room())
    level = np.full_like(talked.played, 1000)
    heard = run(Ducking().process, level, talked.played)
    assert heard.min() < 300
    assert heard.max() == 1000
    steps = np.diff(heard.astype(int))
    assert steps.min() >= -1
    assert steps.max() <= 4
