"""The sound devices of this machine, through PortAudio (the package `sounddevice`)."""

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from homecall_appliance.media.audio.choice import (
    BusyCard,
    Choice,
    Direction,
    Listing,
    SoundDevice,
    choose_devices,
)
from homecall_appliance.media.ports import DeviceError

_CONVERTING = "PA_ALSA_PLUGHW"
_STREAMS: Mapping[Direction, str] = {"input": "pcm*c", "output": "pcm*p"}
ASOUND = Path("/proc/asound")

_ALSA_NAME = re.compile(
    r"(?:plughw|hw|sysdefault|default|front):(?:CARD=)?(\w+)(?:,(?:DEV=)?(\d+))?"
)
_OWNER = re.compile(r"^owner_pid *: (\d+)", re.MULTILINE)
_PROCESS = re.compile(r"^Tgid:\t(\d+)", re.MULTILINE)
_CARD_ID = re.compile(r"^ *(\d+) \[(\w+) *\]:", re.MULTILINE)


def load(*, converting: bool = False) -> Any:
    """The module `sounddevice`, with a fresh list of devices: PortAudio makes it only once.

    With `converting`, ALSA converts for cards that do not work at our rate, or with our channels
    or samples. Raises DeviceError when PortAudio is missing or finds no sound system.
    """
    try:
        import sounddevice  # noqa: PLC0415
    except OSError as error:
        raise DeviceError(
            "The library PortAudio is missing. Install the package libportaudio2."
        ) from error
    except Exception as error:  # a PortAudioError, whose module could not be imported
        raise _does_not_start(error) from error
    try:
        if sounddevice._initialized:
            sounddevice._terminate()
        os.environ[_CONVERTING] = str(int(converting))
        sounddevice._initialize()
    except sounddevice.PortAudioError as error:
        raise _does_not_start(error) from error
    return sounddevice


def devices_of(sounddevice: Any) -> list[SoundDevice]:
    """The devices in the list of the module. They have the same names whether ALSA converts."""
    return [
        SoundDevice(
            info["index"],
            info["name"].replace(" (plughw:", " (hw:"),
            info["max_input_channels"],
            info["max_output_channels"],
        )
        for info in sounddevice.query_devices()
    ]


def portaudio_name(name: str, asound: Path = ASOUND) -> str:
    """The part of a device's name that PortAudio has for what ALSA's own programs call it:
    "(hw:2,0)" of "plughw:CARD=Headset,DEV=0", as `arecord -L` lists it, or of "plughw:2,0".

    Any other name, and one of a card that is not there, is returned as it is.
    """
    found = _ALSA_NAME.fullmatch(name)
    if not found:
        return name
    card, device = found.groups()
    number = card if card.isdigit() else _card_numbers(asound).get(card)
    return f"(hw:{number},{device or 0})" if number else name


def is_named(device: SoundDevice, name: str) -> bool:
    """Whether it is one that the configuration calls so, and not one in its place."""
    return portaudio_name(name).lower() in device.name.lower()


def chosen(sounddevice: Any, names: Mapping[Direction, str]) -> dict[Direction, Choice]:
    """The microphone and the loudspeaker of these names: see choose_devices."""
    defaults: dict[Direction, int] = {
        direction: sounddevice.default.device[direction] for direction in names
    }
    listing = Listing(
        devices_of(sounddevice),
        defaults,
        {direction: list(busy_cards(direction)) for direction in names},
    )
    return choose_devices(listing, {each: portaudio_name(name) for each, name in names.items()})


def list_devices() -> list[SoundDevice]:
    """All devices that are there now; not while a SoundCard of this process is open.

    Raises DeviceError when PortAudio is missing or finds no sound system.
    """
    return devices_of(load())


def selected(input_device: str, output_device: str) -> tuple[Choice, Choice]:
    """The microphone and the loudspeaker that a SoundCard of these names would take.

    Not while a SoundCard of this process is open. Raises DeviceError as list_devices.
    """
    choices = chosen(load(), {"input": input_device, "output": output_device})
    return choices["input"], choices["output"]


def busy_cards(direction: Direction, asound: Path = ASOUND) -> Iterator[BusyCard]:
    """The cards whose microphone or loudspeaker is open in some process.

    From /proc/asound (Documentation/sound/designs/procfile.rst of the kernel).
    """
    names = _card_names(asound)
    for card in sorted(asound.glob("card[0-9]*")):
        states = [_read(file) for file in card.glob(f"{_STREAMS[direction]}/sub*/status")]
        users = [state for state in states if state.strip() not in ("", "closed")]
        if users:
            name = names.get(card.name.removeprefix("card"), card.name)
            yield BusyCard(name, _program(users[0], asound.parent))


def _program(status: str, proc: Path) -> str:
    """The name of the program whose thread has opened a stream; "" where that may not be known, as
    in the service (ProtectProc= of systemd.exec(5))."""
    thread = _OWNER.search(status)
    process = _PROCESS.search(_read(proc / thread[1] / "status")) if thread else None
    return _read(proc / process[1] / "comm").strip() if process else ""


def _card_numbers(asound: Path) -> dict[str, str]:
    """By their ids: "1" of "USB" for the line that _card_names shows."""
    return {found[2]: found[1] for found in _CARD_ID.finditer(_read(asound / "cards"))}


def _card_names(asound: Path) -> dict[str, str]:
    """By their numbers. A line is ` 1 [USB            ]: USB-Audio - Jabra SPEAK 510 USB`."""
    lines = [line.partition(" - ") for line in _read(asound / "cards").splitlines()]
    return {card.split()[0]: name for card, dash, name in lines if dash}


def _read(file: Path) -> str:
    try:
        return file.read_text("utf-8", "replace")
    except OSError:
        return ""  # gone meanwhile


def _does_not_start(error: Exception) -> DeviceError:
    return DeviceError(
        f"The sound system does not start ({error}). Check /etc/asound.conf and ~/.asoundrc."
    )
