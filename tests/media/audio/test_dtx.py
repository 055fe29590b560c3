"""Which packets of a silence are sent, and what the real libopus makes of a quiet room."""

from collections.abc import Sequence
from functools import cache
from itertools import pairwise

import numpy as np
import pytest

from homecall_appliance.media.audio.dtx import SilenceSuppression, Transmission, is_frameless
from homecall_appliance.media.audio.mixer import level
from homecall_appliance.media.audio.opus import OpusDecoder, Sound
from homecall_appliance.media.audio.opus_settings import OpusSettings
from homecall_appliance.media.ports import BLOCK_SAMPLES, SAMPLE_RATE
from tests.media.audio.line import encoded
from tests.support.room import QUIET, noise
from tests.support.speech import OWNER, VISITOR, speech

PER_SECOND = SAMPLE_RATE // BLOCK_SAMPLES

FRAME, FRAMELESS = bytes(60), b"\x78"
SENT, MARKED, LEFT_OUT = (
    Transmission(True, False),
    Transmission(True, True),
    Transmission(False, False),
)


@pytest.mark.parametrize(
    ("packets", "transmissions"),
    [
        ([FRAME] * 3, [MARKED, SENT, SENT]),
        ([FRAME, FRAMELESS, FRAME], [MARKED, SENT, SENT]),
        ([FRAME, *[FRAMELESS] * 3, FRAME], [MARKED, SENT, LEFT_OUT, LEFT_OUT, MARKED]),
        ([FRAMELESS, FRAMELESS, FRAME, FRAME], [MARKED, LEFT_OUT, MARKED, SENT]),
        ([b"\x78\x00", b"\x78\x00", bytes(3)], [MARKED, LEFT_OUT, MARKED]),
    ],
    ids=["talk", "a moment", "a silence", "silence at first", "packets of two bytes"],
)
def test_the_first_packet_of_a_silence_is_sent_and_the_first_after_it_is_marked(
    packets: Sequence[bytes], transmissions: Sequence[Transmission]
) -> None:
    suppression = SilenceSuppression()
    assert [suppression.take(packet) for packet in packets] == transmissions


@cache
def quiet_room(*, dtx: bool) -> list[Sound]:
    """Half a minute of it, encoded."""
    return encoded(noise(30), OpusSettings(dtx))


def rate(sounds: Sequence[Sound]) -> tuple[float, float]:
    """Packets, and bits of Opus, a second."""
    sent = [sound for sound in sounds if sound.is_sent]
    seconds = len(sounds) / PER_SECOND
    return len(sent) / seconds, 8 * sum(len(sound.data) for sound in sent) / seconds


@pytest.mark.apt
def test_of_a_quiet_room_hardly_anything_is_sent() -> None:
    assert rate(quiet_room(dtx=False))[0] == PER_SECOND
    packets, bits = rate(quiet_room(dtx=True))
    assert 2 < packets < 10
    assert bits < rate(quiet_room(dtx=False))[1] / 6


@pytest.mark.apt
def test_an_alarm_is_no_silence_however_steady_it_is() -> None:
    beep = 2000 * np.sin(2 * np.pi * 440 / SAMPLE_RATE * np.arange(10 * SAMPLE_RATE))
    sounds = encoded(beep.astype(np.int16), OpusSettings())
    assert all(sound.is_sent and not is_frameless(sound.data) for sound in sounds)


@pytest.mark.apt
def test_the_room_is_told_again_and_again() -> None:
    sounds = quiet_room(dtx=True)
    told = [number for number, each in enumerate(sounds) if not is_frameless(each.data)]
    assert max(after - before for before, after in pairwise(told)) <= 21  # 400 ms, and the frame
    assert [sound.timestamp for sound in sounds] == [*range(0, len(sounds) * 960, 960)]


@pytest.mark.apt
def test_what_is_heard_meanwhile_is_the_room_and_not_a_hole() -> None:
    decoder = OpusDecoder()
    heard = [
        decoder.decode(sound.data) if sound.is_sent else decoder.conceal(BLOCK_SAMPLES)
        for sound in quiet_room(dtx=True)
    ]
    levels = [level(block) for block in heard[PER_SECOND:]]
    assert min(levels) > QUIET - 10
    assert max(levels) < QUIET + 6
    assert np.median(levels) == pytest.approx(QUIET, abs=6)


@pytest.mark.apt
@pytest.mark.slow
@pytest.mark.parametrize("gain", [1.0, 0.1], ids=["near", "far"])
@pytest.mark.parametrize("text", [VISITOR, OWNER, "Father, she said so yesterday."])
def test_the_beginning_of_a_word_is_never_left_out(text: str, gain: float) -> None:
    words = speech(text) * gain
    words = words[int(np.argmax(np.abs(words) > 8 * gain)) :]
    for shift in range(0, BLOCK_SAMPLES, 160):
        begin = 3 * SAMPLE_RATE + shift
        said = np.zeros(begin + 2 * SAMPLE_RATE + BLOCK_SAMPLES - shift)
        said[begin : begin + 2 * SAMPLE_RATE] = words[: 2 * SAMPLE_RATE]
        room = noise(len(said) / SAMPLE_RATE, seed=shift)
        sounds = encoded(np.rint(room + said).astype(np.int16), OpusSettings())
        levels = [level(block) for block in said.astype(np.int16).reshape(-1, BLOCK_SAMPLES)]
        number = begin // BLOCK_SAMPLES
        while levels[number] < QUIET + 5:  # it does not stand out from the room
            number += 1
        first = sounds[number]
        assert first.is_sent
        assert not is_frameless(first.data)
        assert any(sound.begins_talkspurt for sound in sounds[number - 21 : number + 1])
