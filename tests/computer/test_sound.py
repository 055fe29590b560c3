"""The sound card on plain ALSA, without a sound server and without a desktop: a kernel's own."""

from collections.abc import Iterator

import pytest

from homecall_appliance.media.audio.streams import MOST_CHANNELS
from tests.computer.sounds import (
    CARD,
    OTHER_END,
    another_program,
    loopback,
    plug_in,
    pull_out,
    talk,
)
from tests.support.rigs.qemu.computer import Computer

# What the computer boots from is built the first time: two minutes.
pytestmark = [pytest.mark.long, pytest.mark.rig, pytest.mark.timeout(600)]

TONE = ("-re", "-f lavfi", "-i sine=1000:sample_rate=44100", "-ac 2", "-c:a pcm_s16le", "-f alsa")
"""FFmpeg plays it to a card's other end, at a rate that is not ours."""

MONO_16K = ("-re", "-f lavfi", "-i sine=1000:sample_rate=16000", "-c:a pcm_s16le", "-f alsa")
S16 = ("-re", "-f lavfi", "-i sine=1000:sample_rate=48000", "-ac 2", "-c:a pcm_s16le", "-f alsa")
S32 = ("-re", "-f lavfi", "-i sine=1000:sample_rate=48000", "-ac 2", "-c:a pcm_s32le", "-f alsa")
RIGHT = (*S32[:3], "-af 'pan=stereo|c1=c0'", *S32[4:])
"""What one I2S microphone gives whose L/R pin is high."""

ARRAY = (*MONO_16K[:3], "-af 'pan=6c|c3=c0'", *MONO_16K[3:])
"""What an array gives whose first channels are not microphones."""


@pytest.fixture
def card(computer: Computer) -> Iterator[None]:
    with loopback(computer):
        yield


@pytest.mark.usefixtures("card")
def test_a_card_that_refuses_our_rate_and_our_channels(computer: Computer) -> None:
    with another_program(computer, *TONE, OTHER_END), talk(computer, CARD, CARD) as talking:
        first = talking.until_heard()
        talking.until(lambda said: 950 <= said["hertz"] <= 1050, "the tone")
        print(f"heard after {first:.1f} s; {talking.says()['figures']}")
        assert "ALSA converts." in talking.log()


@pytest.mark.usefixtures("card")
@pytest.mark.parametrize(
    "sound", [MONO_16K, S32, RIGHT, ARRAY], ids=["mono 16 kHz", "32 bit", "right", "array"]
)
def test_microphones_of_all_kinds(computer: Computer, sound: tuple[str, ...]) -> None:
    with another_program(computer, *sound, OTHER_END), talk(computer, CARD, CARD) as talking:
        talking.until(lambda said: 950 <= said["hertz"] <= 1050, "the tone")
        assert talking.says()["problem"] is None


@pytest.mark.usefixtures("card")
def test_another_program_has_the_microphone(computer: Computer) -> None:
    with (
        another_program(computer, *S16, OTHER_END),
        another_program(computer, "-f alsa", "-i hw:Loopback,0", "-f null", "-") as recorder,
        talk(computer, CARD, CARD) as talking,
    ):
        talking.until_heard()
        assert talking.says()["problem"] == (
            'Another program (ffmpeg) uses the microphone of "Loopback". End that program; it is '
            "tried again."
        ), "and the loudspeaker works"
        assert talking.says()["hertz"] == 0.0
        computer.run("kill", "-KILL", recorder)
        back = talking.until(lambda said: 950 <= said["hertz"] <= 1050, "the tone")
        print(f"heard {back:.1f} s after it was let go")
        assert talking.says()["problem"] is None


@pytest.mark.usefixtures("card")
def test_a_microphone_that_gives_nothing_but_zeros(computer: Computer) -> None:
    channels = (*S16[:3], f"-ac {MOST_CHANNELS}", *S16[4:])
    with talk(computer, CARD, CARD) as talking:
        told = talking.until(lambda said: said["problem"], "a problem")
        assert talking.says()["problem"].startswith(f"{CARD} gives nothing but digital silence.")
        with another_program(computer, *channels, OTHER_END):
            gone = talking.until(lambda said: said["problem"] is None and said["hertz"], "sound")
        assert talking.log().count("digital silence") == 1, "told once"
    print(f"told after {told:.1f} s, withdrawn {gone:.1f} s after there was sound")


def test_identical_cards_that_are_numbered_anew(computer: Computer) -> None:
    former, first = (f"Loopback: PCM (hw:{number},0)" for number in (4, 2))
    with (
        loopback(computer, 2, 3),
        another_program(computer, *TONE, "hw:2,1"),
        talk(computer, former, former) as talking,
    ):
        talking.until(lambda said: 950 <= said["hertz"] <= 1050, "the tone")
        assert talking.says()["problem"] is None
        for noun in ("microphone", "loudspeaker"):
            assert f'no {noun} "{former}" any more. "{first}" is taken' in talking.log()


@pytest.mark.usefixtures("card")
def test_a_speakerphone_is_pulled_out_and_plugged_in(computer: Computer) -> None:
    with talk(computer, CARD, CARD) as talking:
        talking.until_heard()
        pull_out(computer)
        noticed = talking.until(lambda said: said["problem"], "a problem")
        plug_in(computer)
        back = talking.until_heard()
        assert talking.says()["problem"] is None
        print(f"noticed after {noticed:.1f} s, heard again {back:.1f} s after it was plugged in")
        assert "does not come to rest" in talking.log(), "PortAudio does not spin any more?"


@pytest.mark.usefixtures("card")
def test_a_usb_loudspeaker_is_pulled_out_and_plugged_in(computer: Computer) -> None:
    computer.plug_in_loudspeaker()
    with talk(computer, CARD, "QEMU USB Audio") as talking:
        talking.until_heard()
        computer.pull_out_loudspeaker()
        noticed = talking.until(lambda said: said["problem"], "a problem")
        assert talking.says()["problem"].startswith(
            ("The sound card was lost.", "There is no loud")
        )
        computer.plug_in_loudspeaker()
        back = talking.until_heard()
        print(f"noticed after {noticed:.1f} s, heard again {back:.1f} s after it was plugged in")
        assert talking.says()["problem"] is None
        print(talking.says()["figures"])
    computer.pull_out_loudspeaker()
