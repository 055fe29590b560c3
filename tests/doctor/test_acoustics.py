"""What audio-test measures, on ways from the loudspeaker to the microphone that are known."""

from dataclasses import asdict, dataclass, field

import numpy as np
import pytest

from homecall_appliance.doctor.acoustics.figures import Echo, Figures, from_values, measure
from homecall_appliance.doctor.acoustics.programme import (
    LENGTH,
    QUIET,
    SPEECH,
    SPEECH_SECONDS,
    SPEECH_SETTLED,
    SWEEPS,
    programme,
)
from homecall_appliance.doctor.acoustics.sweep import Signal, gain, level, response, sweep
from homecall_appliance.media.ports import BLOCK_SAMPLES, SAMPLE_RATE, Block, EchoFigures
from tests.support.rigs.audio.room import Room
from tests.support.rigs.audio.tones import tone

pytestmark = pytest.mark.slow

PLAYED = programme(80)
SILENCE = np.zeros(LENGTH, np.int16)


@dataclass
class Softener:
    """An `EchoCanceller` that takes away a part of everything."""

    by: float
    """dB."""

    given: list[tuple[Block, Block]] = field(default_factory=list)
    figures: EchoFigures = field(default_factory=lambda: EchoFigures("softener"))

    def process(self, captured: Block, played: Block, skipped: float = 0.0) -> Block:
        self.given.append((captured, played))
        softer: Block = np.rint(captured * 10 ** (-self.by / 20)).astype(np.int16)
        return softer


def heard(delay: int, gain: float, noise: float = -100.0, seed: int = 1) -> Block:
    """What comes `delay` samples late and `gain` dB louder, in white noise of `noise` dBFS."""
    echo = np.concatenate([np.zeros(delay), PLAYED])[:LENGTH] * 10 ** (gain / 20)
    noisy = np.random.default_rng(seed).standard_normal(LENGTH) * 32768 * 10 ** (noise / 20)
    sound: Block = np.rint(np.clip(echo + noisy, -32768, 32767)).astype(np.int16)
    return sound


def measured(captured: Block) -> Figures:
    return measure(PLAYED, captured, Softener(0))


def echo_of(captured: Block) -> Echo:
    echo = measured(captured).echo
    assert echo
    return echo


@pytest.mark.parametrize("delay", [960, 4001, 20_000, 23_900])
@pytest.mark.parametrize("loss", [-6.0, 0.0, 12.0, 30.0, 50.0])
def test_a_known_delay_and_loss(delay: int, loss: float) -> None:
    echo = echo_of(heard(delay, -loss))
    assert echo.delay == pytest.approx(1000 * delay / SAMPLE_RATE, abs=0.1)
    assert echo.shift == 0
    assert echo.loss == pytest.approx(loss, abs=0.2)


@pytest.mark.parametrize("delay", [0, 1, 960, 23_900])
def test_the_response_has_its_peak_where_the_sound_arrives(delay: int) -> None:
    late = np.pad(sweep(), (delay, 24_000 - delay))
    assert np.abs(response(late)).argmax() == delay


@pytest.mark.parametrize("number", [1, 2, 3])
@pytest.mark.parametrize(("drive", "tolerance"), [(0.0, 0.5), (2.5, 1.0)])
def test_a_room_with_reverberation_and_noise(number: int, drive: float, tolerance: float) -> None:
    room = Room(coupling=-20, noise=-50, reverberation=0.4, drive=drive, number=number)
    echo = echo_of(room.hear(PLAYED, SILENCE))
    assert echo.delay == pytest.approx(40.0, abs=0.2)
    assert echo.loss == pytest.approx(-gain(room.response()), abs=tolerance)


def test_an_echo_below_the_noise_is_found() -> None:
    # The sweep is at -25 dBFS with the volume, and the microphone hears it 25 dB softer.
    assert echo_of(heard(4800, -25, noise=-38)).delay == pytest.approx(100, abs=0.2)
    assert echo_of(heard(4800, -25, noise=-50)).loss == pytest.approx(25, abs=1.0)


@pytest.mark.parametrize("seed", range(8))
def test_noise_alone_is_no_echo(seed: int) -> None:
    assert measured(heard(0, -200, noise=-40, seed=seed)).echo is None


def test_an_echo_that_comes_after_all_is_none() -> None:
    assert measured(heard(round(0.51 * SAMPLE_RATE), -10, noise=-60)).echo is None


def test_digital_silence() -> None:
    assert measured(SILENCE) == Figures("softener", peak=0, clipped=0, noise=-100.0, echo=None)


def test_clipping_is_counted() -> None:
    captured = heard(4800, 12)
    figures = measured(captured)
    assert figures.peak == 32768
    assert figures.clipped == np.count_nonzero((captured == 32767) | (captured == -32768)) > 1000
    assert measured(heard(4800, 0)).clipped == 0


def test_the_noise_is_that_of_the_telephones_band() -> None:
    in_band = -50 + 10 * np.log10(3100 / 24_000)
    hum = np.resize(tone(55, 1.0, level=-10), LENGTH)
    captured = (heard(4800, -20, noise=-50) + hum).astype(np.int16)
    assert measured(captured).noise == pytest.approx(in_band, abs=1.0)
    assert level(tone(1000, 0.5, level=-20) / 32768) == pytest.approx(-23, abs=0.1)


def test_a_delay_that_changes() -> None:
    captured = heard(4800, -10)
    captured[SWEEPS[1]] = heard(4800 + 240, -10)[SWEEPS[1]]
    assert (echo_of(captured).delay, echo_of(captured).shift) == (100.0, 5.0)


@pytest.mark.parametrize("place", SWEEPS)
def test_where_sound_is_lost_the_other_sweep_tells_the_loss(place: slice) -> None:
    captured = heard(4800, -10)
    captured[place.start + 40_000 : place.stop] = 0
    assert echo_of(captured).loss == pytest.approx(10.0, abs=0.2)


def test_a_sound_that_breaks_off_is_no_echo() -> None:
    for place in SWEEPS:
        captured = heard(4800, -10)
        captured[place] = 0
        assert measured(captured).echo is None


def test_cancellation_is_measured_when_it_has_settled() -> None:
    captured = heard(4800, -10)
    softener = Softener(20)
    echo = measure(PLAYED, captured, softener).echo
    assert echo
    assert echo.level == pytest.approx(level(captured[SPEECH_SETTLED] / 32768), abs=0.1)
    assert echo.left == pytest.approx(echo.level - 20, abs=0.1)
    assert echo.cancelled_loss == pytest.approx(echo.loss + 20, abs=0.2)
    given = [np.concatenate(each) for each in zip(*softener.given, strict=True)]
    assert len(softener.given) == (SPEECH.stop - SPEECH.start) // BLOCK_SAMPLES
    assert {block.shape for pair in softener.given for block in pair} == {(BLOCK_SAMPLES,)}
    assert np.array_equal(given, [captured[SPEECH], PLAYED[SPEECH]])


def test_figures_survive_json() -> None:
    for captured in (SILENCE, heard(4800, -10)):
        figures = measured(captured)
        assert from_values(asdict(figures)) == figures


def test_the_sweep_is_softer_than_speech_and_does_not_click() -> None:
    whole = programme(100) / 32768
    sweeps = [whole[place.start : place.start + len(sweep())] for place in SWEEPS]
    for each in sweeps:
        assert np.abs(each).max() == pytest.approx(0.1, abs=0.001)
        assert np.abs(each[[0, -1]]).max() < 0.001
    steps = np.abs(np.diff(sweeps[0]))
    assert steps.max() < 0.1 * 2 * np.pi * 8000 / SAMPLE_RATE + 0.001
    assert rms(whole[SPEECH][: round(SPEECH_SECONDS * SAMPLE_RATE)]) == pytest.approx(-20, abs=0.2)
    assert np.abs(whole).max() < 0.9


def test_the_parts_do_not_overlap_and_are_whole_blocks() -> None:
    places = sorted([QUIET, *SWEEPS, SPEECH], key=lambda each: each.start)
    assert [each.start for each in places[1:]] == [each.stop for each in places[:-1]]
    assert {edge % BLOCK_SAMPLES for each in places for edge in (each.start, each.stop)} == {0}
    assert not PLAYED[: QUIET.stop].any()
    assert not programme(0).any()
    assert rms(PLAYED / 32768) == pytest.approx(rms(programme(100) / 32768) - 1.94, abs=0.01)


def rms(sound: Signal) -> float:
    return 10 * float(np.log10(np.mean(np.square(sound))))
