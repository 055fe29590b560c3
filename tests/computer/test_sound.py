"""The sound card on plain ALSA, without a sound server and without a desktop: a kernel's own."""

from collections.abc import Iterator

import pytest

from tests.computer.sounds import CARD, OTHER_END, another_program, loopback, talk
from tests.support.rigs.qemu.computer import Computer

# What the computer boots from is built the first time: two minutes.
pytestmark = [pytest.mark.long, pytest.mark.rig, pytest.mark.timeout(600)]

TONE = ("-re", "-f lavfi", "-i sine=1000:sample_rate=44100", "-ac 2", "-c:a pcm_s16le", "-f alsa")


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
def test_another_program_has_the_microphone(computer: Computer) -> None:
    with talk(computer, CARD, CARD) as talking:
        with another_program(computer, "-f alsa", "-i hw:Loopback,0", "-f null", "-"):
            talking.until(lambda said: said["problem"], "a problem")
            assert talking.says()["problem"] == (
                'Another program uses the microphone of "Loopback". End that program; it is tried '
                "again."
            )
        print(f"heard {talking.until_heard():.1f} s after it was let go")
        assert talking.says()["problem"] is None


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
