"""What `devices` lists, and how it is written. PURE."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from homecall_appliance.doctor.checks.devices import not_answered
from homecall_appliance.doctor.facts import Display, Looked


@dataclass(frozen=True)
class Entry:
    """A device, and the values for the configuration that choose it."""

    backend: str
    device: str
    """"": the backend needs none."""

    description: str = ""
    default: bool = False
    """Whether an empty setting takes it."""


@dataclass(frozen=True)
class Devices:
    """Everything that was found. As JSON this is the answer of `devices --json`, and stays so."""

    cameras: list[Entry] = field(default_factory=list)
    """For camera.backend and camera.device."""

    microphones: list[Entry] = field(default_factory=list)
    """For audio.backend and audio.input_device."""

    speakers: list[Entry] = field(default_factory=list)
    """For audio.backend and audio.output_device."""

    displays: list[Entry] = field(default_factory=list)
    """For display.backend and display.device."""

    notes: list[str] = field(default_factory=list)
    """Sentences about what could not be looked at."""


def devices(cameras: Looked, sound: Looked | None, display: Display) -> Devices:
    """Put together what was found; `sound` is None where a call has the sound card."""
    notes = [note for note in (not_answered(cameras, "camera"), _sound_note(sound)) if note]
    if cameras.values.get("busy"):
        notes.append(
            "A call is in progress: Raspberry Pi cameras are not looked for. Try it again later."
        )
    elif problem := cameras.values.get("piProblem"):
        notes.append(f"Raspberry Pi cameras are not looked for: {problem}")
    answer = sound.values if sound else {}
    return Devices(
        cameras=list(_cameras(cameras)),
        microphones=_sounds(answer, "inputs", answer.get("microphone")),
        speakers=_sounds(answer, "outputs", answer.get("speaker")),
        displays=list(_displays(display)),
        notes=notes,
    )


def as_json(found: Devices) -> dict[str, Any]:
    """The devices for programs."""
    return asdict(found)


def in_words(found: Devices) -> Iterator[str]:
    """The devices for people, each with the lines to write into the configuration."""
    yield from _section("Cameras", "camera", "device", found.cameras)
    yield from _section("Microphones", "audio", "input_device", found.microphones)
    yield from _section("Speakers", "audio", "output_device", found.speakers)
    yield from _section("Displays", "display", "device", found.displays)
    yield from found.notes


def _section(title: str, table: str, key: str, entries: Sequence[Entry]) -> Iterator[str]:
    if not entries:
        yield f"{title}: none was found."
    else:
        yield f"{title}, for the section [{table}] of the configuration:"
    for each in entries:
        values = {"backend": each.backend, key: each.device} if each.device else {}
        setting = ", ".join(
            f"{name} = {_quoted(value)}"
            for name, value in (values or {"backend": each.backend}).items()
        )
        about = [each.description] if each.description else []
        about += ["taken when the setting is empty"] if each.default else []
        yield f"  {setting}" + (f"  ({'; '.join(about)})" if about else "")
    yield ""


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _cameras(looked: Looked) -> Iterator[Entry]:
    first = True
    for backend, key in (("picamera2", "pi"), ("v4l2", "v4l2")):
        for each in looked.values.get(key, []):
            yield Entry(backend, each["device"], each["description"], default=first)
            first = False


def _sounds(answer: Any, channels: str, chosen: str | None) -> list[Entry]:
    names = [each["name"] for each in answer.get("devices", []) if each[channels]]
    return [Entry("sounddevice", short_name(name, names), default=name == chosen) for name in names]


def short_name(name: str, names: Sequence[str]) -> str:
    """The part of a sound device's name that stays when the cards are numbered anew, where no
    other device has it: `USB Audio` of `USB Audio: - (hw:1,0)`."""
    short = name.partition(" (hw:")[0].removesuffix(": -")
    alike = [each for each in names if short.lower() in each.lower()]
    return short if short and len(alike) == 1 else name


def _displays(display: Display) -> Iterator[Entry]:
    for each in display.framebuffers:
        size = f"{each.width}x{each.height}" if each.width else ""
        missing = "" if each.connected else "no monitor is connected"
        about = ", ".join(filter(None, (each.name, size, missing)))
        yield Entry("framebuffer", each.path, about)
    if display.terminal:
        yield Entry("terminal", "", display.terminal, default=True)


def _sound_note(sound: Looked | None) -> str | None:
    if sound is None:
        return "The sound card is in use, and is not looked at. Try it again after the call."
    return not_answered(sound, "sound card") or sound.values.get("problem")
