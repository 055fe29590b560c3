"""What is heard of a sender that leaves out its silences (RFC 7587, section 3.1.3)."""

from collections import Counter
from functools import cache

import numpy as np
import pytest

from homecall_appliance.media.audio.jitter import LEAST
from homecall_appliance.media.audio.mixer import level
from homecall_appliance.media.audio.opus import Sound
from homecall_appliance.media.audio.opus_settings import OpusSettings
from homecall_appliance.media.audio.playout import COMFORT, Packet, Playout
from homecall_appliance.media.ports import BLOCK_SAMPLES, Block
from tests.media.audio.line import LATE, SECONDS, Line, encoded, lan
from tests.support.room import QUIET, talk

pytestmark = [pytest.mark.slow, pytest.mark.apt]

FRAME, FRAMELESS = b"frame", b"\x78"
FIRST = 1000
"""The first timestamp."""


@cache
def conversation(*, dtx: bool = True) -> list[Sound]:
    """Half a minute of somebody who speaks and pauses in a quiet room, encoded."""
    return encoded(talk(30), OpusSettings(dtx))


def sent_part() -> float:
    return sum(sound.is_sent for sound in conversation()) / len(conversation())


def test_what_was_left_out_is_not_taken_for_lost() -> None:
    line = Line(sounds=conversation()).run(60)
    assert sent_part() < 0.9
    assert (line.played.concealed, line.played.recovered, line.played.late) == (0, 0, 0)
    blocks = 60 / SECONDS
    assert line.played.comfort == pytest.approx(blocks * (1 - sent_part()), rel=0.1)


def test_the_delay_is_what_it_is_without_pauses() -> None:
    line = Line(sounds=conversation()).run(60)
    assert max(played.delay for _, played in line.course) < LATE
    assert {played.wanted_delay for now, played in line.course if now > 10} == {LEAST}
    assert line.played.stretched < 5


def test_the_words_are_whole() -> None:
    whole, paused = (Line(sounds=conversation(dtx=dtx)).run(30) for dtx in (False, True))
    one, other = (
        np.array([level(block) for block in line.sound(1, 29).reshape(-1, BLOCK_SAMPLES)])
        for line in (whole, paused)
    )
    spoken = one > QUIET + 15
    assert spoken.sum() > 300
    assert np.abs(one - other)[spoken].max() < 12
    assert np.median(np.abs(one - other)[spoken]) < 1


def test_a_pause_sounds_like_the_room() -> None:
    line = Line(sounds=conversation()).run(30)
    quiet = [level(line.heard[number]) for number in range(1, 1490) if is_pause(line, number)]
    assert len(quiet) > 100
    assert min(quiet) > QUIET - 12, "there is a hole"
    assert np.median(quiet) == pytest.approx(QUIET, abs=6)


def is_pause(line: Line, number: int) -> bool:
    """Whether this block and its neighbours are comfort noise alone."""
    noise = [line.course[each][1].comfort for each in (number - 2, number, number + 1)]
    return noise[2] - noise[0] == 3


def test_losses_and_jitter_beside_pauses() -> None:
    lost = 0

    def rough(_time: float, random: np.random.Generator) -> float | None:
        nonlocal lost
        if random.random() < 0.05:
            lost += 1
            return None
        return 0.005 + float(random.uniform(0, 0.04))

    line = Line(rough, sounds=conversation()).run(60)
    assert lost > 50
    assert line.played.concealed + line.played.recovered < 1.5 * lost
    assert max(played.delay for _, played in line.course) < 0.2


class Notes:
    """A `Decoder` that notes what it is asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def decode(self, packet: bytes) -> Block:
        self.asked.append("frame" if packet == FRAME else "frameless")
        return np.zeros(BLOCK_SAMPLES, np.int16)

    def recover(self, following: bytes, samples: int) -> Block:
        assert following
        self.asked.append("recovered")
        return np.zeros(samples, np.int16)

    def conceal(self, samples: int) -> Block:
        self.asked.append("made up")
        return np.zeros(samples, np.int16)


class Listener:
    """Plays packets of blocks with a number, in simulated time, on a path without jitter."""

    def __init__(self) -> None:
        self.notes = Notes()
        self.playout = Playout(lambda: self.notes)
        self.played = self.playout.played
        self.now = 0.0

    def run(
        self, sent: list[tuple[int, int, bytes]], until: int, held_up_until: float = 0.0
    ) -> "Listener":
        """`sent`: sequence number, number of the block, payload. Of the last sentence nothing
        comes before `held_up_until`, in seconds."""
        waiting = sorted(
            (max(block * SECONDS, held_up_until if number > 50 else 0.0), number, block, payload)
            for number, block, payload in sent
        )
        for tick in range(until):
            self.now = tick * SECONDS + 0.001
            while waiting and waiting[0][0] <= self.now:
                at, number, block, payload = waiting.pop(0)
                self.playout.put(Packet(number, FIRST + block * BLOCK_SAMPLES, payload), at)
            self.playout.take(self.now)
        return self

    def heard(self) -> Counter[str]:
        return Counter(self.notes.asked)


def frames(numbers: range, skipped: int = 0) -> list[tuple[int, int, bytes]]:
    """Packets with a frame, whose blocks come after so many that were left out."""
    return [(number, number + skipped, FRAME) for number in numbers]


TALK = frames(range(50))


@pytest.mark.parametrize(
    ("sent", "concealed", "recovered"),
    [
        ([*TALK, (50, 50, FRAMELESS), *frames(range(51, 100), 20)], (0, 0), 0),
        ([*TALK, *frames(range(51, 100), 20)], (1, 1), 0),
        ([*TALK, *frames(range(50, 100), 20)], (0, 0), 0),
        ([*TALK, (50, 50, FRAMELESS), *frames(range(52, 100), 20)], (0, 1), 1),
        ([*TALK, *frames(range(53, 100))], (2, 6), 1),
    ],
    ids=[
        "a silence",
        "one whose first packet is lost",
        "one that nothing announces",
        "a word whose first packet is lost",
        "a loss",
    ],
)
def test_a_silence_is_told_from_a_loss(
    sent: list[tuple[int, int, bytes]], concealed: tuple[int, int], recovered: int
) -> None:
    listener = Listener().run(sent, until=sent[-1][1] + 1)
    least, most = concealed
    assert least <= listener.played.concealed <= most
    assert listener.played.recovered == recovered
    assert (listener.played.late, listener.played.left_out) == (0, 0)
    assert listener.heard()["frame"] >= sum(payload == FRAME for *_, payload in sent) - 4
    assert listener.played.delay < LATE


def test_a_word_that_comes_late_is_heard_from_its_beginning() -> None:
    sent = [*TALK, (50, 50, FRAMELESS), *frames(range(51, 250), 20)]
    listener = Listener().run(sent, 269, held_up_until=71 * SECONDS + 0.150)
    assert (listener.played.late, listener.played.left_out, listener.played.concealed) == (0, 0, 0)
    assert listener.played.delay < LATE, "it has caught up"


def test_what_was_said_before_a_silence_is_not_put_into_it() -> None:
    sent = [*TALK[:-5], *TALK[-4:], (50, 50, FRAMELESS)]
    listener = Listener().run(sent, 60)
    heard = len(listener.notes.asked)
    listener.playout.put(Packet(45, FIRST + 45 * BLOCK_SAMPLES, FRAME), listener.now)
    listener.playout.take(listener.now + SECONDS)
    assert listener.played.late == 1
    assert listener.notes.asked[heard:] == ["made up"]


def test_a_sender_that_is_silent_for_good_is_away_in_the_end() -> None:
    listener = Listener().run([*TALK, (50, 50, FRAMELESS)], 51 + round(COMFORT / SECONDS) - 5)
    assert listener.playout.take(listener.now + SECONDS) is not None
    assert listener.playout.take(listener.now + 10 * SECONDS) is None
    assert listener.played.concealed == 0


def test_a_longer_way_is_followed_in_a_pause_without_stretching() -> None:
    def moved(time: float, random: np.random.Generator) -> float:
        return lan(time, random) + (0.08 if time > 12 else 0.0)

    whole, paused = (
        Line(moved, sounds=conversation(dtx=dtx)).run(30).played for dtx in (False, True)
    )
    assert paused.stretched < whole.stretched
    assert paused.delay < LATE
