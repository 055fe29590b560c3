"""Which device is taken, of what PortAudio lists on machines of all kinds."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from homecall_appliance.media.audio.choice import (
    BusyCard,
    Choice,
    Direction,
    Listing,
    SoundDevice,
    choose_devices,
)
from homecall_appliance.media.audio.devices import busy_cards, portaudio_name
from homecall_appliance.media.ports import DeviceError

Described = tuple[str, int, int]
"""A name, and how many channels each way."""

HEADPHONES = ("bcm2835 Headphones: - (hw:0,0)", 0, 8)
MONITOR = ("vc4-hdmi-0: MAI PCM i2s-hifi-0 (hw:1,0)", 0, 8)
USB_MICROPHONE = ("USB PnP Sound Device: Audio (hw:2,0)", 1, 0)
USB_BOTH = ("USB PnP Sound Device: Audio (hw:2,0)", 1, 2)
WEBCAM = ("HD Webcam C525: USB Audio (hw:3,0)", 1, 0)
JABRA = ("Jabra SPEAK 510 USB: Audio (hw:4,0)", 1, 2)
HAT = ("seeed-2mic-voicecard: bcm2835-i2s-wm8960-hifi wm8960-hifi-0 (hw:2,0)", 2, 2)
LOOPBACK = ("Loopback: PCM (hw:4,0)", 32, 32)
DUMMY = ("Dummy: Dummy PCM (hw:5,0)", 128, 128)
GRABBER = ("HDMI Grabber: USB Audio (hw:2,0)", 2, 0)
PC = ("HDA Intel PCH: ALC892 Analog (hw:0,0)", 2, 2)
SYSDEFAULT, DMIX = ("sysdefault", 0, 128), ("dmix", 0, 2)
PLAYS, BOTH = ("default", 0, 128), ("default", 128, 128)
PULSE, PIPEWIRE = ("pulse", 32, 32), ("pipewire", 64, 64)


def listing(
    described: Sequence[Described], busy: Mapping[Direction, Sequence[BusyCard]]
) -> Listing:
    """As PortAudio makes it: its default is what is named "default", else the first."""
    devices = [SoundDevice(index, *each) for index, each in enumerate(described)]

    def default(direction: Direction) -> int:
        able = [device for device in devices if device.channels(direction)]
        named = [device for device in able if device.name == "default"]
        return (named or able)[0].index if able else -1

    return Listing(devices, {"input": default("input"), "output": default("output")}, busy)


def choose(
    described: Sequence[Described],
    microphone: str = "",
    loudspeaker: str = "",
    *,
    busy: Mapping[Direction, Sequence[BusyCard]] | None = None,
) -> tuple[str, str]:
    """The names of what is chosen; "" for none, and a sentence for an error."""
    choices = choose_devices(
        listing(described, busy or {}), {"input": microphone, "output": loudspeaker}
    )
    return said(choices["input"]), said(choices["output"])


def said(choice: Choice) -> str:
    return choice.name if isinstance(choice, SoundDevice) else str(choice or "")


@pytest.mark.parametrize(
    ("described", "microphone", "loudspeaker"),
    [
        ([], "", ""),
        ([HEADPHONES, MONITOR, SYSDEFAULT, DMIX, PLAYS], "", "default"),
        ([HEADPHONES, MONITOR, USB_MICROPHONE, PLAYS], USB_MICROPHONE[0], "default"),
        ([HEADPHONES, MONITOR, USB_BOTH, PLAYS], USB_BOTH[0], USB_BOTH[0]),
        ([HEADPHONES, WEBCAM, USB_BOTH, PLAYS], USB_BOTH[0], USB_BOTH[0]),
        ([HEADPHONES, USB_BOTH, JABRA, PLAYS], JABRA[0], JABRA[0]),
        ([HEADPHONES, MONITOR, HAT, PLAYS], HAT[0], HAT[0]),
        ([HEADPHONES, GRABBER, PLAYS], "", "default"),
        ([HEADPHONES, GRABBER, WEBCAM, PLAYS], WEBCAM[0], "default"),
        ([WEBCAM], WEBCAM[0], ""),
        ([HEADPHONES, WEBCAM, LOOPBACK, DUMMY, PLAYS], WEBCAM[0], "default"),
        ([LOOPBACK, HEADPHONES, USB_MICROPHONE], USB_MICROPHONE[0], HEADPHONES[0]),
        ([HEADPHONES, MONITOR], "", HEADPHONES[0]),
        ([PC, WEBCAM, BOTH], "default", "default"),
        ([PC, HAT, BOTH], "default", "default"),
        ([PC, JABRA, BOTH], JABRA[0], JABRA[0]),
        ([PC, JABRA, PULSE, BOTH], "default", "default"),
        ([HEADPHONES, JABRA, PULSE], "pulse", "pulse"),
        ([HEADPHONES, JABRA, PULSE, PIPEWIRE, PLAYS], "pulse", "default"),
    ],
)
def test_left_to_the_appliance(
    described: Sequence[Described], microphone: str, loudspeaker: str
) -> None:
    assert choose(described) == (microphone, loudspeaker)


@pytest.mark.parametrize(
    ("names", "microphone", "loudspeaker"),
    [
        (("jabra", "JABRA"), JABRA[0], JABRA[0]),
        (("webcam", "hdmi"), WEBCAM[0], MONITOR[0]),
        (("webcam", ""), WEBCAM[0], JABRA[0]),
        (("", "default"), JABRA[0], "default"),
        (("", "sysdefault"), JABRA[0], "sysdefault"),
    ],
)
def test_named(names: tuple[str, str], microphone: str, loudspeaker: str) -> None:
    described = [HEADPHONES, MONITOR, WEBCAM, JABRA, SYSDEFAULT, PLAYS]
    assert choose(described, *names) == (microphone, loudspeaker)


HEADSETS = [("USB Headset: Audio (hw:1,0)", 1, 2), ("USB Headset: Audio (hw:3,0)", 1, 2)]


@pytest.mark.parametrize(
    ("name", "chosen"),
    [
        ("USB Headset: Audio (hw:3,0)", "USB Headset: Audio (hw:3,0)"),
        ("USB Headset: Audio (hw:2,0)", "USB Headset: Audio (hw:1,0)"),
        ("headset: audio (HW:14,0)", "USB Headset: Audio (hw:1,0)"),
        ("hw:3,0", "USB Headset: Audio (hw:3,0)"),
        ("hw:2,0", None),
        (" (hw:2,0)", None),
        ("USB Headset: Audio (hw:2,1)", None),
        ("Other Headset: Audio (hw:2,0)", None),
    ],
)
def test_a_name_with_the_number_that_its_card_had(name: str, chosen: str | None) -> None:
    for found in choose([HEADPHONES, *HEADSETS], name, name):
        assert found == chosen or (chosen is None and found.startswith("There is no "))


IN_USE = 'Another program uses the {} of "{}". End that program; it is tried again.'


def test_another_program_has_the_only_microphone() -> None:
    found = choose([HEADPHONES, PLAYS], busy={"input": [BusyCard("Jabra SPEAK 510 USB")]})
    assert found == (IN_USE.format("microphone", "Jabra SPEAK 510 USB"), "default")


def test_another_program_has_a_microphone_that_is_not_needed() -> None:
    found = choose(
        [HEADPHONES, JABRA],
        busy={"input": [BusyCard("HD Webcam C525")], "output": [BusyCard("vc4-hdmi")]},
    )
    assert found == (JABRA[0], JABRA[0])


def test_another_program_has_what_is_named() -> None:
    cards = [BusyCard("vc4-hdmi-0"), BusyCard("Jabra SPEAK 510 USB", "pulseaudio")]
    busy: dict[Direction, list[BusyCard]] = {"output": cards}
    for name in ("jabra", JABRA[0]):
        assert choose([HEADPHONES], "", name, busy=busy)[1] == (
            'Another program (pulseaudio) uses the loudspeaker of "Jabra SPEAK 510 USB". End that '
            "program; it is tried again."
        )
    assert choose([HEADPHONES], "", "anker", busy=busy)[1].startswith("There is no loudspeaker")


def test_a_choice_that_cannot_be_made_is_a_device_error() -> None:
    choices = choose_devices(listing([HEADPHONES], {}), {"input": "anker", "output": ""})
    assert isinstance(choices["input"], DeviceError)


CARDS = """\
 0 [Headphones     ]: bcm2835_headpho - bcm2835 Headphones
                      bcm2835 Headphones
 1 [USB            ]: USB-Audio - Jabra SPEAK 510 USB
                      Jabra SPEAK 510 USB at usb-1, full speed
"""


@pytest.mark.parametrize(
    ("name", "known_as"),
    [
        ("plughw:CARD=USB,DEV=0", "(hw:1,0)"),
        ("hw:USB,2", "(hw:1,2)"),
        ("sysdefault:CARD=Headphones", "(hw:0,0)"),
        ("plughw:1,0", "(hw:1,0)"),
        ("hw:7", "(hw:7,0)"),
        ("plughw:CARD=Gone,DEV=0", "plughw:CARD=Gone,DEV=0"),
        ("default", "default"),
        ("Jabra", "Jabra"),
        ("Jabra SPEAK 510 USB: Audio (hw:4,0)", "Jabra SPEAK 510 USB: Audio (hw:4,0)"),
        ("", ""),
    ],
)
def test_the_names_that_arecord_and_aplay_list(tmp_path: Path, name: str, known_as: str) -> None:
    (tmp_path / "cards").write_text(CARDS)
    assert portaudio_name(name, tmp_path) == known_as


def test_cards_that_are_open_somewhere(tmp_path: Path) -> None:
    asound = tmp_path / "asound"
    asound.mkdir()
    (asound / "cards").write_text(CARDS)
    for place, status in (
        ("card0/pcm0p/sub0", "closed\n"),
        ("card0/pcm0p/sub1", "closed\n"),
        ("card1/pcm0p/sub0", "closed\n"),
        ("card1/pcm0c/sub0", "state: RUNNING\nowner_pid   : 812\n"),
        ("card2/pcm0p/sub0", "state: PREPARED\nowner_pid   : 813\n"),
    ):
        (asound / place).mkdir(parents=True)
        (asound / place / "status").write_text(status)
    for process, file, text in (
        ("812", "status", "Name:\tdata-loop.0\nTgid:\t799\n"),
        ("799", "comm", "pipewire\n"),
    ):
        (tmp_path / process).mkdir()
        (tmp_path / process / file).write_text(text)
    assert list(busy_cards("input", asound)) == [BusyCard("Jabra SPEAK 510 USB", "pipewire")]
    assert list(busy_cards("output", asound)) == [BusyCard("card2")]
    assert list(busy_cards("output", asound / "nowhere")) == []
