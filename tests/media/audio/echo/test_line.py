"""A delay line that is read between its samples."""

import numpy as np
import pytest

from homecall_appliance.media.audio.echo.line import NEAREST, DelayLine
from homecall_appliance.media.ports import BLOCK_SAMPLES
from tests.support.rigs.audio.tones import RATE, Sound, tone

LONGEST = 5000


def read(sound: Sound, delay: float, change: float = 0.0) -> Sound:
    line = DelayLine(LONGEST)
    blocks = []
    for block in sound.reshape(-1, BLOCK_SAMPLES):
        line.write(block)
        blocks.append(line.read(delay, change))
        delay += change
    return np.concatenate(blocks)


@pytest.mark.parametrize("delay", [0, 1, 31, 959, 960, 961, LONGEST])
def test_a_whole_delay_is_exact(delay: int) -> None:
    sound = np.random.default_rng(1).integers(-32768, 32768, 12000).astype(np.int16)[:11520]
    assert np.array_equal(read(sound, delay)[delay:], sound[: len(sound) - delay])


@pytest.mark.parametrize("frequency", [100, 1000, 4000, 10000, 20000])
@pytest.mark.parametrize("delay", [NEAREST, 100.25, 100.5, 999.9])
def test_a_fraction_of_a_sample_is_heard(frequency: float, delay: float) -> None:
    late = read(tone(frequency, 0.2), delay)[2000:]
    time = (np.arange(len(late)) + 2000 - delay) / RATE
    wanted = 32767 * 10 ** (-12 / 20) * np.sin(2 * np.pi * frequency * time)
    assert np.abs(late - wanted).max() < 4  # 66 dB below it


@pytest.mark.parametrize("change", [0.1, -0.1, 0.01])
def test_a_delay_that_grows_lowers_the_pitch(change: float) -> None:
    late = read(tone(4000, 1), 1000, change)[4000:]
    delay = 1000 + change * (np.arange(len(late)) + 4000) / BLOCK_SAMPLES
    time = (np.arange(len(late)) + 4000 - delay) / RATE
    wanted = 32767 * 10 ** (-12 / 20) * np.sin(2 * np.pi * 4000 * time)
    assert np.abs(late - wanted).max() < 4  # 66 dB below it


def test_what_overshoots_between_two_samples_is_clipped() -> None:
    square = np.where(np.arange(9600) // 24 % 2, 32767, -32768).astype(np.int16)
    late = read(square, 100.5)
    assert late.max() == 32767
    assert np.array_equal(
        np.sign(late[2000:2024].astype(int)), np.sign(late[2048:2072].astype(int))
    )
