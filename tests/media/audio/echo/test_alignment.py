"""The delay between what is played and its echo, measured and removed."""

import numpy as np
import pytest
from rigs.audio.room import Room, read
from rigs.audio.talk import PAUSE, run, voices
from rigs.audio.tones import RATE, Sound, tone

from homecall_appliance.media.audio.echo.aligned import Aligned
from homecall_appliance.media.audio.echo.alignment import LEAD, SLACK
from homecall_appliance.media.audio.echo.correlation import DECIMATION
from homecall_appliance.media.audio.echo.understudy import PACE
from homecall_appliance.media.ports import BLOCK_SAMPLES, Block

BLOCKS_A_SECOND = RATE // BLOCK_SAMPLES
FIRST = round(PAUSE * BLOCKS_A_SECOND)


class Recorder:
    """A canceller that remembers what it is given, and gives back what was captured."""

    def __init__(self) -> None:
        self.captured: list[Block] = []
        self.played: list[Block] = []

    def process(self, captured: Block, played: Block) -> Block:
        self.captured.append(captured)
        self.played.append(played)
        return captured


class Alignment:
    """An `Aligned`, and what comes of a sound."""

    def __init__(self) -> None:
        self.recorders: list[Recorder] = []
        self.delays: list[float | None] = []
        self.aligned = Aligned("test", self._make)

    def run(self, captured: Sound, played: Sound) -> Sound:
        heard = []
        for each in zip(_blocks(captured), _blocks(played), strict=True):
            heard.append(self.aligned.process(*each))
            self.delays.append(self.aligned.figures.delay)
        return np.concatenate(heard)

    def _make(self) -> Recorder:
        self.recorders.append(Recorder())
        return self.recorders[-1]


def _blocks(sound: Sound) -> list[Block]:
    return list(sound[: len(sound) // BLOCK_SAMPLES * BLOCK_SAMPLES].reshape(-1, BLOCK_SAMPLES))


def caller(seconds: float) -> Sound:
    return voices()[0][: round(seconds * RATE)]


def echo(room: Room, played: Sound) -> Sound:
    return room.hear(played, np.zeros_like(played))


def drifting(played: Sound, drift: float) -> Sound:
    """The sound itself 100 ms later, by a clock that is faster by `drift` parts per million."""
    places = np.arange(len(played)) * (1 + drift * 1e-6) - 0.1 * RATE
    return np.rint(read(played.astype(float), np.asarray(places, float))).astype(np.int16)


@pytest.mark.parametrize("delay", [0, 3, 20, 40, 120, 200, 350, 450])
def test_the_delay_is_known_a_second_after_the_first_word(delay: int) -> None:
    played = caller(4)
    alignment = Alignment()
    alignment.run(echo(Room(delay=delay / 1000), played), played)
    known = alignment.delays[FIRST + BLOCKS_A_SECOND :]
    assert known == [pytest.approx(delay, abs=0.5)] * len(known)


@pytest.mark.parametrize(
    "room",
    [
        Room(coupling=-20, noise=-50),
        Room(coupling=6),
        Room(drive=4),
        Room(reverberation=0.6),
        Room(drift=100),
    ],
    ids=["soft echo in noise", "loud echo", "distortion", "large room", "drift"],
)
def test_the_delay_is_known_in_any_room(room: Room) -> None:
    played = caller(5)
    alignment = Alignment()
    alignment.run(echo(room, played), played)
    known = alignment.delays[FIRST + 2 * BLOCKS_A_SECOND :]
    assert known == [pytest.approx(40, abs=5)] * len(known)


def test_a_loudspeaker_with_its_poles_exchanged_has_the_same_delay() -> None:
    played = caller(3)
    alignment = Alignment()
    alignment.run(-echo(Room(), played), played)
    assert alignment.delays[-1] == pytest.approx(40, abs=0.5)


@pytest.mark.parametrize(
    "played",
    [np.zeros(5 * RATE, np.int16), tone(440, 5), caller(5)],
    ids=["silence", "a tone", "a voice"],
)
def test_without_an_echo_there_is_no_delay(played: Sound) -> None:
    _, person = voices()
    captured = Room().hear(np.zeros_like(played), person[-len(played) :])
    alignment = Alignment()
    alignment.run(captured, played)
    assert set(alignment.delays) == {None}
    assert len(alignment.recorders) == 1


@pytest.mark.parametrize(("first", "then"), [(40, 200), (200, 100), (40, 60), (400, 40)])
def test_a_device_that_changes_its_delay_is_followed(first: int, then: int) -> None:
    played = np.tile(caller(6)[RATE // 2 :], 3)
    half = len(played) // 3
    before, after = (echo(Room(delay=delay / 1000), played) for delay in (first, then))
    alignment = Alignment()
    alignment.run(np.concatenate([before[:half], after[half:]]), played)
    assert alignment.delays[half // BLOCK_SAMPLES - 1] == pytest.approx(first, abs=0.5)
    assert alignment.delays[-1] == pytest.approx(then, abs=0.5)


def test_a_new_canceller_learns_from_what_was_heard_before_the_delay_was_known() -> None:
    played = caller(4)
    captured = echo(Room(delay=0.2), played)
    alignment = Alignment()
    alignment.run(captured, played)
    known = next(block for block, delay in enumerate(alignment.delays) if delay is not None)
    assert known > FIRST + BLOCKS_A_SECOND // 4
    last = alignment.recorders[-1]
    assert len(last.played) >= len(_blocks(played)) - FIRST - 10  # the echo is 10 blocks late
    assert np.array_equal(
        np.concatenate(last.captured), captured[-len(last.captured) * BLOCK_SAMPLES :]
    )


def test_what_a_new_canceller_learns_is_spread_over_many_blocks() -> None:
    played = np.tile(caller(6)[RATE // 2 :], 2)
    half = len(played) // 2
    before, after = (echo(Room(delay=delay, drift=80), played) for delay in (0.04, 0.2))
    captured = np.concatenate([before[:half], after[half:]])
    alignment = Alignment()
    work = []
    for each in zip(_blocks(captured), _blocks(played), strict=True):
        done = sum(len(recorder.played) for recorder in alignment.recorders)
        alignment.aligned.process(*each)
        work.append(sum(len(recorder.played) for recorder in alignment.recorders) - done)
    assert len(alignment.recorders) > 3
    assert max(work) == PACE + 2  # what is heard, the past, and at last both at once
    assert min(work) == 1


def test_a_canceller_takes_over_without_a_click() -> None:
    played = caller(4)
    levels = iter([0, 5000, -5000])

    class Level:
        def __init__(self) -> None:
            self.level = next(levels)

        def process(self, _captured: Block, _played: Block) -> Block:
            return np.full(BLOCK_SAMPLES, self.level, np.int16)

    heard = run(Aligned("test", Level).process, echo(Room(delay=0.2), played), played)
    assert heard.max() == 5000
    assert heard[-1] == -5000
    assert np.abs(np.diff(heard.astype(int))).max() <= 11


def test_while_nothing_changes_nothing_is_done_anew() -> None:
    played, said = voices()
    captured = Room(delay=0.2).hear(played, said)
    alignment = Alignment()
    heard = alignment.run(captured, played)
    assert np.array_equal(heard, captured)
    assert len(alignment.recorders) == 3  # the first; when the delay was found one, and another
    given = np.concatenate(alignment.recorders[-1].played).astype(float)
    wanted = np.concatenate([np.zeros(8448), played])[len(played) - len(given) : len(played)]
    error = np.sum((given - wanted) ** 2) / np.sum(wanted**2)
    assert 10 * np.log10(error) < -25


@pytest.mark.parametrize("drift", [100, -100, 30])
def test_what_is_played_is_given_by_the_microphones_clock(drift: int) -> None:
    played = caller(12)
    captured = drifting(played, drift)
    alignment = Alignment()
    alignment.run(captured, played)
    assert alignment.aligned.figures.drift == pytest.approx(-drift, abs=5)
    given = np.concatenate(alignment.recorders[-1].played)
    captured = captured[-len(given) :]
    late = [
        _late(captured[part], given[part])
        for part in (slice(start, start + RATE) for start in range(-6 * RATE, -RATE, RATE))
    ]
    assert max(late) - min(late) < 2
    assert abs(np.mean(late) - LEAD * DECIMATION) < 240
    # So is what had been played before the drift was known.
    assert _late(captured[:RATE], given[:RATE]) == pytest.approx(np.mean(late), abs=2)


@pytest.mark.parametrize("drift", [150, -150])
def test_a_drift_is_followed_further_than_the_canceller_could_reach(drift: int) -> None:
    played = np.tile(caller(6)[RATE // 2 :], 20)
    captured = drifting(played, drift)
    assert len(played) * abs(drift) * 1e-6 > SLACK * DECIMATION
    alignment = Alignment()
    alignment.run(captured[: 10 * RATE], played[: 10 * RATE])
    cancellers = len(alignment.recorders)
    alignment.run(captured[10 * RATE :], played[10 * RATE :])
    assert len(alignment.recorders) == cancellers
    last = slice(-RATE, None)
    given = np.concatenate(alignment.recorders[-1].played)
    assert abs(_late(captured[last], given[last]) - LEAD * DECIMATION) < 240


@pytest.mark.parametrize("early", [1, 15, 38])
def test_an_echo_that_comes_before_what_is_played_is_waited_for(early: int) -> None:
    played = caller(5)
    captured = echo(Room(delay=0.1), played)
    alignment = Alignment()
    heard = alignment.run(captured, np.roll(played, (100 + early) * RATE // 1000))
    assert alignment.delays[-1] == pytest.approx(-early, abs=0.5)
    blocks = -(-early // 20)
    assert np.array_equal(
        heard[-RATE:], captured[-RATE - blocks * BLOCK_SAMPLES : -blocks * BLOCK_SAMPLES]
    )
    given, taken = (
        np.concatenate(each)[-RATE:]
        for each in (alignment.recorders[-1].played, alignment.recorders[-1].captured)
    )
    assert 0 < _late(taken, given) < LEAD * DECIMATION


def test_it_is_waited_for_no_longer_than_it_takes() -> None:
    played = np.tile(caller(6)[RATE // 2 :], 2)
    half = len(played) // 2
    early, late = (np.roll(played, shift * RATE // 1000) for shift in (10, -60))
    alignment = Alignment()
    heard = alignment.run(played, np.concatenate([early[:half], late[half:]]))
    assert alignment.delays[half // BLOCK_SAMPLES - 1] == pytest.approx(-10, abs=0.5)
    assert alignment.delays[-1] == pytest.approx(60, abs=0.5)
    assert np.array_equal(heard[-RATE:], played[-RATE:])


@pytest.mark.parametrize("delay", [3, 10, 23])
@pytest.mark.parametrize("drift", [100, -100])
def test_a_drift_is_followed_where_the_delay_is_short(delay: int, drift: int) -> None:
    played = caller(10)
    captured = echo(Room(delay=delay / 1000, drift=drift), played)
    alignment = Alignment()
    alignment.run(captured, played)
    given = np.concatenate(alignment.recorders[-1].played)
    captured = captured[-len(given) :]
    before, after = (slice(second * RATE, (second + 1) * RATE) for second in (-6, -2))
    early, late = (_late(captured[part], given[part]) for part in (before, after))
    assert abs(late - early) < 2  # 19 samples, where nothing is held back
    assert 0 < late < SLACK * DECIMATION * 3


@pytest.mark.parametrize("drift", [100, -100, 30, 0])
def test_the_drift_is_known_soon(drift: int) -> None:
    played = caller(3)
    alignment = Alignment()
    alignment.run(echo(Room(drift=drift), played), played)
    assert alignment.aligned.figures.drift == pytest.approx(-drift, abs=16)


def _late(sound: Sound, reference: Sound) -> float:
    """Return by how many samples it is late, to an eighth."""
    size = 2 * len(sound)
    spectrum = np.fft.rfft(sound, size) * np.conj(np.fft.rfft(reference, size))
    return int(np.fft.irfft(spectrum, 8 * size)[:RATE].argmax()) / 8


def test_another_device_with_another_clock_is_followed() -> None:
    played = np.tile(caller(6)[RATE // 2 :], 4)
    third = len(played) // 3
    before, after = (echo(Room(drift=drift, number=abs(drift)), played) for drift in (-60, 90))
    # As if it had begun just then: the delay is the same.
    after = np.roll(after, third)
    played = np.concatenate([played[:third], played[: 2 * third]])
    alignment = Alignment()
    alignment.run(np.concatenate([before[:third], after[third:]]), played)
    assert alignment.aligned.figures.drift == pytest.approx(-90, abs=10)


def test_our_own_echo_from_the_callers_side_is_none_of_the_loudspeaker() -> None:
    said = caller(5)
    alignment = Alignment()
    alignment.run(said, np.roll(said, RATE // 20))
    assert set(alignment.delays) == {None}


def test_a_pause_changes_nothing() -> None:
    played = np.concatenate([caller(6), np.zeros(10 * RATE, np.int16), caller(4)])
    captured = drifting(played, 100)
    alignment = Alignment()
    alignment.run(captured, played)
    assert len(alignment.recorders) == 4  # and another when the drift was known
    assert alignment.aligned.figures.drift == pytest.approx(-100, abs=5)
    last = slice(-RATE, None)
    given = np.concatenate(alignment.recorders[-1].played)
    assert abs(_late(captured[last], given[last]) - LEAD * DECIMATION) < 240
