"""What `devices` lists."""

from dataclasses import replace

import pytest

from homecall_appliance.doctor.devices import (
    Devices,
    Entry,
    as_json,
    devices,
    in_words,
    short_name,
)
from homecall_appliance.doctor.facts import Display, Looked
from tests.doctor.doctor_world import FOUND_CAMERAS, FOUND_SOUND, SCREEN

NAME = "USB Audio: - (hw:1,0)"
SOUND = replace(FOUND_SOUND, values={**FOUND_SOUND.values, "microphone": NAME, "speaker": "other"})


def test_everything_that_was_found_in_its_shape() -> None:
    found = devices(FOUND_CAMERAS, SOUND, Display((SCREEN,), "/dev/pts/1"))
    assert as_json(found) == {
        "cameras": [
            {"backend": "picamera2", "device": "0", "description": "imx708", "default": True},
            {
                "backend": "v4l2",
                "device": "/dev/video0",
                "description": "Webcam",
                "default": False,
            },
        ],
        "microphones": [
            {"backend": "sounddevice", "device": "USB Audio", "description": "", "default": True}
        ],
        "speakers": [
            {"backend": "sounddevice", "device": "USB Audio", "description": "", "default": False}
        ],
        "displays": [
            {
                "backend": "framebuffer",
                "device": "/dev/fb0",
                "description": "vc4drmfb, 800x480",
                "default": False,
            },
            {"backend": "terminal", "device": "", "description": "/dev/pts/1", "default": True},
        ],
        "notes": [],
    }
    assert list(in_words(found)) == [
        "Cameras, for the section [camera] of the configuration:",
        '  backend = "picamera2", device = "0"  (imx708; taken when the setting is empty)',
        '  backend = "v4l2", device = "/dev/video0"  (Webcam)',
        "",
        "Microphones, for the section [audio] of the configuration:",
        '  backend = "sounddevice", input_device = "USB Audio"  (taken when the setting is empty)',
        "",
        "Speakers, for the section [audio] of the configuration:",
        '  backend = "sounddevice", output_device = "USB Audio"',
        "",
        "Displays, for the section [display] of the configuration:",
        '  backend = "framebuffer", device = "/dev/fb0"  (vc4drmfb, 800x480)',
        '  backend = "terminal"  (/dev/pts/1; taken when the setting is empty)',
        "",
    ]


def test_nothing_was_found() -> None:
    found = devices(Looked(values={"pi": [], "v4l2": []}), Looked(), Display())
    assert found == Devices()
    assert [line for line in in_words(found) if line] == [
        "Cameras: none was found.",
        "Microphones: none was found.",
        "Speakers: none was found.",
        "Displays: none was found.",
    ]


@pytest.mark.parametrize(
    ("cameras", "sound", "note"),
    [
        (Looked(values={"piProblem": "Install it."}), Looked(), "not looked for: Install it."),
        (Looked(values={"busy": True}), Looked(), "A call is in progress"),
        (Looked("hung"), Looked(), "The camera hangs"),
        (Looked(), Looked("crashed"), "The software of the sound card failed"),
        (Looked(), Looked(values={"problem": "No PortAudio."}), "No PortAudio."),
        (Looked(), None, "The sound card is in use"),
    ],
)
def test_what_could_not_be_looked_at(cameras: Looked, sound: Looked | None, note: str) -> None:
    (said,) = devices(cameras, sound, Display()).notes
    assert note in said


def test_the_short_name_is_one_that_finds_only_that_device() -> None:
    names = ["bcm2835: Headphones (hw:0,0)", NAME, "default", "default pulse"]
    assert [short_name(name, names) for name in names] == [
        "bcm2835: Headphones",
        "USB Audio",
        "default",
        "default pulse",
    ]
    twins = ["USB Audio: - (hw:1,0)", "USB Audio: - (hw:2,0)"]
    assert [short_name(name, twins) for name in twins] == twins


def test_a_terminal_is_taken_where_there_is_no_screen() -> None:
    found = devices(Looked(), Looked(), Display((), "/dev/tty1"))
    assert found.displays == [Entry("terminal", "", "/dev/tty1", default=True)]
