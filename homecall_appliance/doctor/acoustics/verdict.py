"""What the figures mean for calls, and what to do about it. PURE."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Literal

from homecall_appliance.config.model import Audio
from homecall_appliance.doctor.acoustics.figures import Echo, Figures


class Grade(StrEnum):
    """How good something is."""

    GOOD = "good"
    FAIR = "fair"
    """Calls work with it, and could be better."""
    POOR = "poor"


About = Literal["microphone", "loudspeaker", "delay", "echo"]


@dataclass(frozen=True)
class Verdict:
    """One thing; `sentence` says what to do where it is not good."""

    about: About
    grade: Grade
    sentence: str


CLIPPED = 10
"""Samples at full scale up to which it was a click."""

NOISY = -45.0
"""dBFS of noise from which on it is a nuisance: 25 dB below a voice."""

FAINT = 10.0
"""dB above the noise that the loudspeaker should be at least."""

STEADY = 4.0
"""Milliseconds that the delay may change: clocks that are 600 parts in a million apart do."""

LONG, TOO_LONG = 200.0, 480.0
"""Milliseconds: as much as a whole network takes, and more than a canceller looks for."""

GOOD_LOSS, FAIR_LOSS = 40.0, 25.0
"""dB by which the echo should be softer than what is played. 3GPP TS 26.131 wants 46 of
telephones, in a room without any noise."""

INAUDIBLE = 3.0
"""dB above the noise of the room up to which an echo is lost in it."""

_TURN_DOWN = "turn the microphone down: alsamixer, F4"


def judge(figures: Figures, settings: Audio) -> list[Verdict]:
    """Everything that may be said."""
    if figures.peak == 0:
        return [_poor("microphone", _muted())]
    verdicts = [_microphone(figures), _loudspeaker(figures, settings)]
    if figures.echo:
        verdicts += [_delay(figures.echo), _echo(figures.echo, figures, settings)]
    return verdicts


def all_good(verdicts: Sequence[Verdict]) -> bool:
    """Whether calls may be made."""
    return all(each.grade is not Grade.POOR for each in verdicts)


def in_words(verdicts: Sequence[Verdict]) -> Iterator[str]:
    """The lines for people."""
    for each in verdicts:
        yield f"{each.about.capitalize() + ':':14}{each.grade}. {each.sentence}"
    if not all_good(verdicts):
        yield "This set-up is not good yet. Change what is poor, and test it again."
    elif all(each.grade is Grade.GOOD for each in verdicts):
        yield "This set-up is good."
    else:
        yield "This set-up will do; it would be better without what is only fair."


def as_json(figures: Figures, verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """The same for programs: `{"good", "figures", "verdicts": [{"about", "grade", "sentence"}]}`,
    with the fields of Figures."""
    return {
        "good": all_good(verdicts),
        "figures": asdict(figures),
        "verdicts": [asdict(each) for each in verdicts],
    }


def _muted() -> str:
    return (
        "It gives nothing but digital silence. Unmute it: alsamixer, F4, the space bar; or choose "
        "another one in audio.input_device (homecall-appliance devices lists them)."
    )


def _microphone(figures: Figures) -> Verdict:
    noise = f"the noise of the room is at {figures.noise:.0f} dBFS"
    if figures.clipped > CLIPPED:
        return _poor(
            "microphone",
            f"It is overdriven: what is loud is cut off. Please {_TURN_DOWN}; or the loudspeaker, "
            "in audio.volume.",
        )
    if figures.noise > NOISY:
        return _fair(
            "microphone",
            f"It works, but {noise}. If the room was quiet, {_TURN_DOWN}; or move it away from "
            "fans and power supplies.",
        )
    return _good("microphone", f"It works; {noise}.")


def _loudspeaker(figures: Figures, settings: Audio) -> Verdict:
    echo = figures.echo
    louder = f"Turn it up: alsamixer, or audio.volume, which is {settings.volume}"
    if settings.volume == 0:
        return _poor("loudspeaker", "It is silent: audio.volume is 0. Set it to 80.")
    if echo is None and settings.echo_cancellation:
        return _poor(
            "loudspeaker",
            f"The microphone does not hear it. If you did not hear it either: {louder}, or choose "
            "another one in audio.output_device. If you did, the sound card takes out the echo by "
            "itself, or it is a headset: set audio.echo_cancellation to false.",
        )
    if echo is None:
        return _good(
            "loudspeaker",
            "The microphone does not hear it: the sound card takes out the echo by itself, or it "
            f"is a headset. If you did not hear it either: {louder}.",
        )
    if echo.level < figures.noise + FAINT:
        return _fair(
            "loudspeaker", f"It is hardly louder than the noise, {echo.level:.0f} dBFS. {louder}."
        )
    if echo.loss < 0:
        return _fair(
            "loudspeaker",
            f"The microphone hears it {-echo.loss:.0f} dB louder than it is played, which makes "
            f"cancellation hard. Please {_TURN_DOWN}.",
        )
    return _good("loudspeaker", f"The microphone hears it, at {echo.level:.0f} dBFS.")


def _delay(echo: Echo) -> Verdict:
    length = f"{echo.delay:.0f} ms from the loudspeaker to the microphone"
    nearer = "Connect both directly: no Bluetooth, no television"
    if abs(echo.shift) > STEADY:
        return _poor(
            "delay",
            f"It changed by {abs(echo.shift):.0f} ms within a few seconds, which no cancellation "
            "follows: sound was lost. Use one device for both the microphone and the loudspeaker, "
            "and stop what else keeps the machine busy.",
        )
    if echo.delay > TOO_LONG:
        return _poor("delay", f"{length} are too many for cancellation. {nearer}.")
    if echo.delay > LONG:
        return _fair("delay", f"{length} make a conversation slow. {nearer}.")
    return _good("delay", f"{length}, steadily.")


def _echo(echo: Echo, figures: Figures, settings: Audio) -> Verdict:
    without = f"the echo is {echo.loss:.0f} dB softer than what is played"
    if not settings.echo_cancellation:
        return _graded(
            echo.loss,
            f"Without cancellation {without}",
            "Set audio.echo_cancellation to true, or use a headset.",
        )
    if figures.canceller == "ducking":
        return _poor(
            "echo",
            "No echo canceller is installed: while the caller speaks, the microphone is only "
            "lowered. Type: sudo apt install libspeexdsp1",
        )
    if echo.left <= figures.noise + INAUDIBLE:
        return _good(
            "echo",
            f"Without cancellation {without}; with it, {echo.cancelled_loss:.0f} dB: nothing can "
            "be heard of it in the noise of the room.",
        )
    return _graded(
        echo.cancelled_loss,
        f"Without cancellation {without}; with it, {echo.cancelled_loss:.0f} dB",
        "Move the loudspeaker away from the microphone, or turn it down; best is a USB "
        "speakerphone that takes out the echo by itself.",
    )


def _graded(loss: float, sentence: str, advice: str) -> Verdict:
    if loss >= GOOD_LOSS:
        return _good("echo", f"{sentence}.")
    grade = Grade.FAIR if loss >= FAIR_LOSS else Grade.POOR
    return Verdict("echo", grade, f"{sentence}. {advice}")


def _good(about: About, sentence: str) -> Verdict:
    return Verdict(about, Grade.GOOD, sentence)


def _fair(about: About, sentence: str) -> Verdict:
    return Verdict(about, Grade.FAIR, sentence)


def _poor(about: About, sentence: str) -> Verdict:
    return Verdict(about, Grade.POOR, sentence)
