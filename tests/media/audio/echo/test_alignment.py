"""The delay between what is played and its echo, measured and removed."""

import numpy as np
import pytest

from homecall_appliance.media.audio.echo.aligned import Aligned
from homecall_appliance.media.audio.echo.alignment import LEAD
from homecall_appliance.media.audio.echo.correlation import DECIMATION
from homecall_appliance.media.audio.echo.understudy import PACE
from homecall_appliance.media.ports import BLOCK_SAMPLES, Block
from tests.media.audio.echo.aligning import Alignment, blocks, caller, echo, lateness
from tests.support.rigs.audio.room import Room
from tests.support.rigs.audio.talk import PAUSE, run, voices
from tests.support.rigs.audio.tones import RATE, Sound, tone

pytestmark = pytest.mark.slow

BLOCKS_A_SECOND = RATE // BLOCK_SAMPLES
FIRST = round(PAUSE * BLOCKS_A_SECOND)


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
    assert len(last.played) >= len(blocks(played)) - FIRST - 10  # the echo is 10 blocks late
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
    for each in zip(blocks(captured), blocks(played), strict=True):
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
    assert 0 < lateness(taken, given) < LEAD * DECIMATION


def test_it_is_waited_for_no_longer_than_it_takes() -> None:
    played = np.tile(caller(6)[RATE // 2 :], 2)
    half = len(played) // 2
    early, late = (np.roll(played, shift * RATE // 1000) for shift in (10, -60))
    alignment = Alignment()
    heard = alignment.run(played, np.concatenate([early[:half], late[half:]]))
    assert alignment.delays[half // BLOCK_SAMPLES - 1] == pytest.approx(-10, abs=0.5)
    assert alignment.delays[-1] == pytest.approx(60, abs=0.5)
    assert np.array_equal(heard[-RATE:], played[-RATE:])


def test_it_is_not_waited_for_any_more_when_it_is_gone() -> None:
    played = np.tile(caller(6)[RATE // 2 :], 3)
    captured = np.roll(played, -10 * RATE // 1000)
    captured[6 * RATE :] = np.resize(voices()[1][-6 * RATE :], len(captured) - 6 * RATE)
    alignment = Alignment()
    heard = alignment.run(captured, played)
    assert alignment.delays[5 * BLOCKS_A_SECOND] == pytest.approx(-10, abs=0.5)
    assert np.array_equal(heard[-RATE:], captured[-RATE:])


def test_our_own_echo_from_the_callers_side_is_none_of_the_loudspeaker() -> None:
    said = caller(5)
    alignment = Alignment()
    alignment.run(said, np.roll(said, RATE // 20))
    assert set(alignment.delays) == {None}
