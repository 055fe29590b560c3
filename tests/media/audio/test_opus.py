"""The codec of the sound, on the real libopus."""

import ctypes.util
import subprocess
import sys

import numpy as np
import pytest

from homecall_appliance.media.audio.opus import (
    LONGEST,
    OpusDecoder,
    OpusEncoder,
    OpusError,
)
from homecall_appliance.media.audio.opus_settings import OpusSettings
from homecall_appliance.media.ports import BLOCK_SAMPLES, SAMPLE_RATE, Block
from tests.support.speech import VISITOR, speech

pytestmark = pytest.mark.apt

LATENCY = 312
"""Samples that libopus looks ahead at 48 kHz for speech (opus_demo: 6.5 ms)."""


def spoken() -> list[Block]:
    """Two seconds of speech."""
    return list(speech(VISITOR)[: 2 * SAMPLE_RATE].reshape(-1, BLOCK_SAMPLES))


def decibels(wanted: Block, got: Block) -> float:
    """How far the difference is below what was wanted."""
    error = np.mean((wanted.astype(float) - got) ** 2)
    return float(10 * np.log10(np.mean(wanted.astype(float) ** 2) / (error + 1)))


def test_what_was_encoded_is_heard() -> None:
    encoder, decoder = OpusEncoder(), OpusDecoder()
    blocks = spoken()
    sounds = [encoder.encode(block) for block in blocks]
    assert [sound.timestamp for sound in sounds[:3]] == [0, 960, 1920]
    decoded = [decoder.decode(sound.data) for sound in sounds]
    assert {len(each) for each in decoded} == {BLOCK_SAMPLES}
    heard = np.concatenate(decoded)
    said = np.concatenate(blocks)
    assert decibels(said[48000:-LATENCY], heard[48000 + LATENCY :]) > 6
    bits_per_second = 8 * sum(len(sound.data) for sound in sounds) / 2
    assert 30_000 < bits_per_second < 44_000


def test_a_lost_packet_is_in_the_next_where_losses_are_expected() -> None:
    encoder = OpusEncoder()
    encoder.apply(OpusSettings(expected_loss=5))
    packets = [encoder.encode(block).data for block in spoken()]
    recovered, concealed = [], []
    for lost in range(20, 90, 10):
        whole, one, other = OpusDecoder(), OpusDecoder(), OpusDecoder()
        for packet in packets[:lost]:
            for decoder in (whole, one, other):
                decoder.decode(packet)
        wanted = whole.decode(packets[lost])
        recovered.append(decibels(wanted, one.recover(packets[lost + 1], BLOCK_SAMPLES)))
        concealed.append(decibels(wanted, other.conceal(BLOCK_SAMPLES)))
    assert np.median(recovered) > np.median(concealed) + 3


def test_concealment_fades() -> None:
    encoder, decoder = OpusEncoder(), OpusDecoder()
    blocks = spoken()
    loudest = max(range(len(blocks)), key=lambda number: np.abs(blocks[number]).max())
    for block in blocks[: loudest + 1]:
        last = decoder.decode(encoder.encode(block).data)
    levels = [np.abs(decoder.conceal(BLOCK_SAMPLES)).max() for _ in range(15)]
    assert levels[0] > np.abs(last).max() / 4
    assert levels[-1] < levels[0] / 4


def test_concealment_of_any_length() -> None:
    decoder = OpusDecoder()
    assert len(decoder.conceal(120)) == 120
    assert len(decoder.conceal(LONGEST)) == LONGEST


@pytest.mark.parametrize("packet", [b"\xff\xff", b"\x03", b"\xfb\x31" + bytes(4000)])
def test_a_damaged_packet_is_refused_and_the_next_is_heard(packet: bytes) -> None:
    encoder, decoder = OpusEncoder(), OpusDecoder()
    with pytest.raises(OpusError):
        decoder.decode(packet)
    assert len(decoder.decode(encoder.encode(spoken()[0]).data)) == BLOCK_SAMPLES


def test_stereo_and_longer_packets_are_heard_as_mono() -> None:
    silent_stereo_20_ms_twice = b"\xfd" + b"\xff\xfe" * 2  # CELT, stereo, two frames (code 1)
    assert len(OpusDecoder().decode(silent_stereo_20_ms_twice)) == 2 * BLOCK_SAMPLES


@pytest.mark.wheels
def test_without_the_library_a_sentence_says_what_to_install() -> None:
    name = ctypes.util.find_library("opus")
    program = (
        "from homecall_appliance.media.audio.opus import OpusEncoder\n"
        "from homecall_appliance.media.ports import DeviceError\n"
        "try: OpusEncoder()\n"
        "except DeviceError as error: print(error)\n"
    )
    found = f"$(ldconfig -p | sed -n 's/.*{name}.*=> //p')"
    hide = f"for each in {found}; do mount --bind /dev/null $each; done"
    shown = subprocess.run(
        ["unshare", "--mount", "sh", "-c", f'{hide}; exec "$0" -c "$1"', sys.executable, program],
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout == (
        "The library Opus is missing, without which there is no sound. "
        "Install the package libopus0.\n"
    )
