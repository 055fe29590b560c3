"""What audio-test says, for each thing that may be wrong."""

import json
from dataclasses import replace
from typing import Any

import pytest

from homecall_appliance.config.model import Audio
from homecall_appliance.doctor.acoustics.figures import Echo, Figures
from homecall_appliance.doctor.acoustics.verdict import Grade, all_good, as_json, in_words, judge

ECHO = Echo(delay=85.0, shift=0.2, level=-35.0, loss=12.0, left=-65.0, cancelled_loss=42.0)
FINE = Figures("speex", peak=5000, clipped=0, noise=-70.0, echo=ECHO)


def figures(**changes: Any) -> Figures:
    """Fine ones, but for these; an echo's fields go into it."""
    echo = {key: changes.pop(key) for key in list(changes) if hasattr(ECHO, key)}
    return replace(FINE, **{"echo": replace(ECHO, **echo), **changes})


def test_all_is_good() -> None:
    verdicts = judge(FINE, Audio())
    assert [(each.about, each.grade) for each in verdicts] == [
        ("microphone", "good"),
        ("loudspeaker", "good"),
        ("delay", "good"),
        ("echo", "good"),
    ]
    assert list(in_words(verdicts)) == [
        "Microphone:   good. It works; the noise of the room is at -70 dBFS.",
        "Loudspeaker:  good. The microphone hears it, at -35 dBFS.",
        "Delay:        good. 85 ms from the loudspeaker to the microphone, steadily.",
        "Echo:         good. Without cancellation the echo is 12 dB softer than what is played; "
        "with it, 42 dB.",
        "This set-up is good.",
    ]


OWN = Audio(echo_cancellation=False)


@pytest.mark.parametrize(
    ("found", "settings", "about", "grade", "words"),
    [
        (figures(peak=0, echo=None), Audio(), "microphone", "poor", "Unmute it: alsamixer, F4"),
        (figures(clipped=11), Audio(), "microphone", "poor", "turn the microphone down"),
        (figures(clipped=10), Audio(), "microphone", "good", "It works"),
        (figures(noise=-44.9, level=-30), Audio(), "microphone", "fair", "was quiet, turn"),
        (figures(noise=-45.0), Audio(), "microphone", "good", "It works"),
        (figures(echo=None), Audio(), "loudspeaker", "poor", "did, the sound card takes out"),
        (figures(echo=None), OWN, "loudspeaker", "good", "takes out the echo by itself"),
        (figures(echo=None), Audio(volume=0), "loudspeaker", "poor", "Set it to 80."),
        (figures(level=-60.1), Audio(volume=40), "loudspeaker", "fair", "volume, which is 40."),
        (figures(level=-60.0), Audio(), "loudspeaker", "good", "at -60 dBFS"),
        (figures(loss=-5.0), Audio(), "loudspeaker", "fair", "5 dB louder than it is played"),
        (figures(shift=4.1), Audio(), "delay", "poor", "changed by 4 ms"),
        (figures(shift=-4.1), Audio(), "delay", "poor", "changed by 4 ms"),
        (figures(shift=4.0), Audio(), "delay", "good", "steadily"),
        (figures(delay=200.1), Audio(), "delay", "fair", "no Bluetooth"),
        (figures(delay=480.1), Audio(), "delay", "poor", "too many for cancellation"),
        (figures(cancelled_loss=40.0), Audio(), "echo", "good", "with it, 40 dB."),
        (figures(cancelled_loss=39.9), Audio(), "echo", "fair", "Move the loudspeaker away"),
        (figures(cancelled_loss=25.0), Audio(), "echo", "fair", "Move the loudspeaker away"),
        (figures(cancelled_loss=24.9), Audio(), "echo", "poor", "best is a USB speakerphone"),
        (figures(cancelled_loss=24.9, left=-67.0), Audio(), "echo", "good", "nothing can be heard"),
        (figures(canceller="ducking"), Audio(), "echo", "poor", "apt install libspeexdsp1"),
        (figures(loss=12.0), OWN, "echo", "poor", "Set audio.echo_cancellation to true"),
        (figures(loss=41.0), OWN, "echo", "good", "41 dB softer than what is played."),
    ],
)
def test_each_thing(found: Figures, settings: Audio, about: str, grade: str, words: str) -> None:
    verdicts = judge(found, settings)
    (verdict,) = (each for each in verdicts if each.about == about)
    assert (verdict.grade, words in verdict.sentence) == (grade, True), verdict
    others = {each.grade for each in verdicts if each.about != about}
    assert others <= {Grade.GOOD}
    assert all_good(verdicts) is (grade != "poor")


def test_a_dead_microphone_tells_nothing_of_the_rest() -> None:
    (only,) = judge(figures(peak=0, echo=None), OWN)
    assert only.about == "microphone"


def test_the_conclusion() -> None:
    fair, poor = figures(delay=300.0), figures(delay=300.0, clipped=99)
    assert list(in_words(judge(fair, Audio())))[-1].startswith("This set-up will do")
    assert list(in_words(judge(poor, Audio())))[-1].startswith("This set-up is not good yet")


def test_for_programs() -> None:
    values = json.loads(json.dumps(as_json(FINE, judge(FINE, Audio()))))
    assert list(values) == ["good", "figures", "verdicts"]
    assert values["good"] is True
    assert values["figures"]["echo"]["cancelled_loss"] == 42.0
    assert values["verdicts"][2] == {
        "about": "delay",
        "grade": "good",
        "sentence": "85 ms from the loudspeaker to the microphone, steadily.",
    }
