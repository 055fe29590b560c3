"""What the caller hears of himself, and of a person, through each canceller."""

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest

from homecall_appliance.config.model import Audio
from homecall_appliance.media.audio.chimes import COMING
from homecall_appliance.media.audio.echo import create_canceller
from homecall_appliance.media.audio.echo.aligned import Aligned
from homecall_appliance.media.audio.echo.ducking import Ducking
from homecall_appliance.media.audio.echo.speex import Speex, SpeexNoise
from homecall_appliance.media.audio.echo.webrtc import WebRtc
from homecall_appliance.media.ports import BLOCK_SAMPLES, EchoCanceller
from tests.support.rigs.audio.room import Room
from tests.support.rigs.audio.talk import (
    Process,
    Talk,
    convergence,
    decibels,
    echo_loss,
    intelligibility,
    latency,
    run,
    talk,
    voices,
)
from tests.support.rigs.audio.tones import RATE, Sound, tone

pytestmark = pytest.mark.slow

SILENCE = np.zeros(2 * RATE, np.int16)


CANCELLERS: dict[str, Callable[[], EchoCanceller]] = {
    "speex": partial(create_canceller, Audio()),
    "webrtc": partial(WebRtc, echo_cancellation=True, noise_suppression=True),
    "ducking": partial(Aligned, "ducking", Ducking),
    "off": partial(create_canceller, Audio(echo_cancellation=False, noise_suppression=False)),
    "speex-noise": SpeexNoise,
    "webrtc-noise": partial(WebRtc, echo_cancellation=False, noise_suppression=True),
}
every_canceller = pytest.mark.parametrize("make", CANCELLERS.values(), ids=CANCELLERS.keys())


def noise(level: float, seconds: float = 6) -> Sound:
    samples = np.random.default_rng(5).standard_normal(round(seconds * RATE))
    return np.rint(samples * 32768 * 10 ** (level / 20)).astype(np.int16)


@pytest.mark.parametrize(
    ("room", "delay", "drift"),
    [
        (Room(delay=0.0), 0, 0),
        (Room(), 40, 0),
        (Room(delay=0.12), 120, 0),
        (Room(delay=0.2), 200, 0),
        (Room(drift=100), 40, -100),
        (Room(drift=-100), 40, 100),
    ],
    ids=["0 ms", "40 ms", "120 ms", "200 ms", "100 ppm", "-100 ppm"],
)
def test_the_echo_is_taken_out_and_both_may_talk(room: Room, delay: int, drift: int) -> None:
    talked = talk(room)
    canceller = create_canceller(Audio())
    heard = run(canceller.process, talked.captured, talked.played)
    assert echo_loss(talked, heard) > 40
    assert convergence(talked, heard) <= 1.25
    assert convergence(talked, heard, 30) <= 2
    assert intelligibility(talked, heard) > 0.9
    assert latency(talked.said, heard) <= BLOCK_SAMPLES
    assert canceller.figures.name == "speex"
    assert canceller.figures.delay == pytest.approx(delay, abs=1 if not drift else 6)
    assert canceller.figures.drift == pytest.approx(drift, abs=10)


@pytest.mark.parametrize("pause", [0.5, 1.7])
@pytest.mark.parametrize("drift", [0, 100, -100])
def test_after_the_chime_the_first_words_have_hardly_an_echo(drift: int, pause: float) -> None:
    chime = np.pad(np.concatenate(COMING), (RATE, round(pause * RATE)))
    played, said = (
        np.concatenate([before, each])
        for before, each in zip((chime, 0 * chime), voices(), strict=True)
    )
    captured = Room(drift=drift).hear(played, said)
    heard = run(create_canceller(Audio()).process, captured, played)
    played, said, captured, heard = (each[len(chime) :] for each in (played, said, captured, heard))
    assert convergence(Talk(played, said, captured), heard) <= 1.25


@pytest.mark.parametrize(("first", "then"), [(0.04, 0.2), (0.2, 0.1), (0.04, 0.06)])
def test_soon_after_a_jump_of_the_delay_hardly_anything_is_left(first: float, then: float) -> None:
    played = np.tile(voices()[0][RATE // 2 : 6 * RATE + RATE // 2], 2)
    jump = len(played) // 2
    before, after = (
        Room(delay=delay).hear(played, np.zeros_like(played)) for delay in (first, then)
    )
    captured = np.concatenate([before[:jump], after[jump:]])
    heard = run(create_canceller(Audio()).process, captured, played)
    again = slice(jump + 10 * RATE // 4, jump + 12 * RATE // 4)
    assert decibels(captured[again]) - decibels(heard[again]) > 30


def test_a_soft_voice_is_understood_while_a_loud_one_is_played() -> None:
    played, said = voices(person_level=-30)
    captured = Room().hear(played, said)
    heard = run(create_canceller(Audio()).process, captured, played)
    talked = talk(Room())
    assert intelligibility(talked, captured) < 0.65
    assert intelligibility(talked, heard) > 0.85


def test_webrtc_takes_out_the_echo_too() -> None:
    talked = talk(Room())
    heard = run(CANCELLERS["webrtc"]().process, talked.captured, talked.played)
    assert echo_loss(talked, heard) > 33
    assert latency(talked.said, heard) <= BLOCK_SAMPLES


def test_ducking_lowers_the_echo_and_lets_a_voice_through() -> None:
    talked = talk(Room())
    heard = run(CANCELLERS["ducking"]().process, talked.captured, talked.played)
    assert echo_loss(talked, heard) > 12
    assert intelligibility(talked, heard) > 0.65
    assert latency(talked.said, heard) == 0


@every_canceller
def test_a_voice_alone_is_not_touched(make: Callable[[], EchoCanceller]) -> None:
    _, said = voices()
    said = said[-4 * RATE :]
    captured = Room().hear(np.zeros_like(said), said)
    heard = run(make().process, captured, np.zeros_like(said))
    late = latency(said, heard)
    assert decibels(heard[late:]) == pytest.approx(decibels(said), abs=1.5)


@pytest.mark.parametrize(
    ("name", "by"), [("speex", 12), ("speex-noise", 12), ("webrtc", 5), ("webrtc-noise", 5)]
)
def test_steady_noise_is_lowered(name: str, by: float) -> None:
    captured = noise(-45)
    heard = run(CANCELLERS[name]().process, captured, np.zeros_like(captured))
    assert decibels(heard[-RATE:]) < decibels(captured) - by


def test_steady_noise_stays_where_it_is_wanted() -> None:
    captured = noise(-45)
    canceller = create_canceller(Audio(noise_suppression=False))
    heard = run(canceller.process, captured, np.zeros_like(captured))
    assert decibels(heard[-RATE:]) > decibels(captured) - 2


@every_canceller
def test_odd_sounds_do_no_harm(make: Callable[[], EchoCanceller]) -> None:
    loudest, softest = np.full(RATE, 32767, np.int16), np.full(RATE, -32768, np.int16)
    square = np.where(np.arange(RATE) // 50 % 2, loudest, softest)
    clicks = np.zeros(RATE, np.int16)
    clicks[::7001] = -32768
    odd = [loudest, square, softest, clicks, noise(0, 1), tone(1000, 1, 0), SILENCE[:RATE]]
    played = np.concatenate(odd)
    canceller = make()
    for captured in (played, np.roll(played, RATE // 10), np.concatenate(odd[::-1])):
        heard = run(canceller.process, captured, played)
        assert heard.dtype == np.int16
        assert heard.shape == captured.shape
    after = run(canceller.process, SILENCE, SILENCE)
    assert decibels(after[RATE:]) < 0


def test_a_process_runs_for_many_cancellers_without_one_stepping_on_another() -> None:
    captured = talk(Room()).captured[:RATE]
    alone = run(Speex(noise_suppression=True).process, captured, captured)
    first, other = (Speex(noise_suppression=True) for _ in range(2))

    def both(block: Sound, played: Sound) -> Sound:
        other.process(played, block[::-1].copy())
        return first.process(block, played)

    interleaved: Process = both
    assert np.array_equal(run(interleaved, captured, captured), alone)
