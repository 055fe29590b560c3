"""Which channel of a microphone is taken, and when it counts as muted."""

import numpy as np
import pytest

from homecall_appliance.media.audio.channel import (
    PAUSE_SECONDS,
    SILENT_SECONDS,
    MicrophoneChannel,
)
from homecall_appliance.media.ports import BLOCK_SAMPLES, SAMPLE_RATE

PER_SECOND = SAMPLE_RATE // BLOCK_SAMPLES


def captured(*levels: int, constant: int = 0) -> bytes:
    """A buffer of PortAudio's: a square wave of each level, on a channel each."""
    wave = np.tile([1, -1], BLOCK_SAMPLES // 2)
    return (np.outer(wave, levels) + constant).astype(np.int16).tobytes()


def heard(channel: MicrophoneChannel, *buffers: bytes) -> list[int]:
    """The first sample of what is taken of each."""
    return [int(channel.take(buffer)[0]) for buffer in buffers]


@pytest.mark.parametrize(
    ("buffers", "levels"),
    [
        ([captured(3)], [3]),
        ([captured(3, 5)], [3]),
        ([captured(0, 5), captured(0, 6)], [5, 6]),
        ([captured(0, 0, 0, 7, 8, 0), captured(0, 0, 0, 0, 8, 0)], [7, 0]),
        ([captured(0, 0), captured(0, 5), captured(3, 5), captured(0, 5)], [0, 5, 3, 0]),
    ],
    ids=["mono", "stereo", "the right one", "an array", "the first one, once it has sound"],
)
def test_the_first_channel_that_has_had_sound(buffers: list[bytes], levels: list[int]) -> None:
    assert heard(MicrophoneChannel(), *buffers) == levels


@pytest.mark.parametrize("constant", [0, -12])
def test_the_same_sample_again_and_again(constant: int) -> None:
    channel, silence = MicrophoneChannel(), captured(0, 0, constant=constant)
    blocks = round(SILENT_SECONDS * PER_SECOND)
    history = []
    for _ in range(blocks + 1):
        channel.take(silence)
        history.append(channel.is_silent)
    assert history == [False] * (blocks - 1) + [True] * 2
    channel.take(captured(0, 1, constant=constant))
    assert not channel.is_silent, "one step of the converter is enough"


def test_a_headset_whose_noise_gate_closes() -> None:
    channel = MicrophoneChannel()
    channel.take(captured(100))
    for _ in range(round(PAUSE_SECONDS * PER_SECOND) - 1):
        channel.take(captured(0))
        assert not channel.is_silent
    channel.take(captured(0))
    assert channel.is_silent


def test_a_copy_is_taken() -> None:
    buffer = bytearray(captured(3))
    block = MicrophoneChannel().take(buffer)
    buffer[:2] = b"\0\0"
    assert block[0] == 3
