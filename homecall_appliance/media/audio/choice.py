"""Which of the sound devices that are there is the microphone, and which the loudspeaker. PURE."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from homecall_appliance.media.ports import DeviceError

Direction = Literal["input", "output"]
NOUN: Mapping[Direction, str] = {"input": "microphone", "output": "loudspeaker"}

_CONNECT = (
    "Connect one, such as a USB speakerphone; homecall-appliance devices lists what is found."
)

NO_DEVICE: Mapping[Direction, str] = {
    "input": f"No microphone was found: callers hear nothing. {_CONNECT}",
    "output": f"No loudspeaker was found: callers are not heard. {_CONNECT}",
}
"""What is said where there is no device for a direction."""

NO_SOUND_CARD = f"No sound card was found: callers hear nothing, and are not heard. {_CONNECT}"

NOT_OPENED: Mapping[Direction, str] = {
    "input": "Callers hear nothing.",
    "output": "Callers are not heard.",
}
"""What is said before the reason why a device could not be opened."""

_SPEAKERPHONES = (
    *("speakerphone", "jabra", "powerconf", "emeet", "poly ", "polycom", "plantronics"),
    *("yealink", "konftel", "respeaker", "conference"),
)
_SOFTWARE = ("Loopback:", "Dummy:")
"""Cards of snd-aloop and snd-dummy."""

_SERVERS = ("pipewire", "pulse")

_CARD_NUMBER = re.compile(r"(?<=\S)( \(hw:)\d+(?=,\d+\)$)")


@dataclass(frozen=True)
class SoundDevice:
    """One device as PortAudio lists it: its number, its name, and its channels, 0 for none."""

    index: int
    name: str
    input_channels: int
    output_channels: int

    def channels(self, direction: Direction) -> int:
        """How many channels it has in one direction."""
        return self.input_channels if direction == "input" else self.output_channels

    @property
    def is_hardware(self) -> bool:
        """Whether it is a sound card itself, which takes only what its driver can do."""
        return " (hw:" in self.name


@dataclass(frozen=True)
class BusyCard:
    """A sound card of which a direction is open in some process."""

    name: str
    program: str = ""
    """Which one; empty where that may not be known."""


@dataclass(frozen=True)
class Listing:
    """What is there at a moment."""

    devices: Sequence[SoundDevice]
    defaults: Mapping[Direction, int]
    """The numbers of PortAudio's default devices: those named "default", else the first ones."""

    busy: Mapping[Direction, Sequence[BusyCard]]
    """Cards that other programs use: PortAudio does not list those."""


class InUseError(DeviceError):
    """Another program uses the device."""


Choice: TypeAlias = SoundDevice | DeviceError | None
"""None: there is nothing to choose from."""


def choose_devices(listing: Listing, names: Mapping[Direction, str]) -> dict[Direction, Choice]:
    """Choose by a part of the name; where it is "", a speakerphone, else the owner's default."""
    return {
        direction: _named(listing, direction, name) if name else _automatic(listing, direction)
        for direction, name in names.items()
    }


def _named(listing: Listing, direction: Direction, name: str) -> SoundDevice | DeviceError:
    """The device of this name, else the first that has it in its name, else the first that has it
    but for the number of its card: the kernel numbers cards anew with each boot, and two identical
    ones have nothing but that number to be told apart by."""
    devices = [device for device in listing.devices if device.channels(direction)]
    matching = [device for device in devices if name.lower() in device.name.lower()]
    matching = matching or [
        device for device in devices if _numberless(name) in _numberless(device.name)
    ]
    exact = [device for device in matching if device.name.lower() == name.lower()]
    if matching:
        return (exact or matching)[0]
    busy = [card for card in listing.busy.get(direction, ()) if _alike(card.name, name)]
    if busy:
        return _in_use(direction, busy[0])
    found = ", ".join(f'"{device.name}"' for device in devices) or "none"
    return DeviceError(
        f'There is no {NOUN[direction]} "{name}". Found: {found}. '
        f"Set audio.{direction}_device to a part of such a name, or leave it empty."
    )


def _automatic(listing: Listing, direction: Direction) -> Choice:
    chosen = next(_in_order(listing, direction), None)
    busy = listing.busy.get(direction)
    return _in_use(direction, busy[0]) if chosen is None and busy else chosen


def _in_order(listing: Listing, direction: Direction) -> Iterator[SoundDevice]:
    """The devices of one direction, the best one first.

    Where there is a sound server, its owner has told it which device is his default. Elsewhere the
    system's default is the first card, and on a Raspberry Pi that is the monitor, or the socket for
    headphones. A card with both directions was connected for calls, then. One clock, and the echo
    canceller of a speakerphone, are worth more than a better loudspeaker.
    """
    devices = [device for device in listing.devices if _usable(device, direction)]
    served = [device for device in devices if device.name.lower() in _SERVERS]
    default = [device for device in devices if device.index == listing.defaults[direction]]
    if served:
        yield from (device for device in default if not device.is_hardware)
        yield from served
    cards = [device for device in devices if device.is_hardware and _has_both(device)]
    yield from (
        device for device in cards if any(_alike(each, device.name) for each in _SPEAKERPHONES)
    )
    yield from (device for device in cards if _alike("usb", device.name))
    yield from (device for device in default if _has_both(device))
    yield from cards
    yield from default
    yield from devices


def _usable(device: SoundDevice, direction: Direction) -> bool:
    """Neither is a microphone what plays into an HDMI grabber, nor is anybody heard or reached
    through a card of the kernel's that is only software."""
    return (
        bool(device.channels(direction))
        and not (direction == "input" and _alike("hdmi", device.name))
        and not (device.is_hardware and device.name.startswith(_SOFTWARE))
    )


def _numberless(name: str) -> str:
    """The name of a sound card without its number: "usb audio (hw:,0)" of "USB Audio (hw:2,0)"."""
    return _CARD_NUMBER.sub("\\1", name.lower())


def _has_both(device: SoundDevice) -> bool:
    return bool(device.input_channels and device.output_channels)


def _alike(one: str, other: str) -> bool:
    """Whether one of the names is a part of the other, however they are written."""
    one, other = one.lower(), other.lower()
    return one in other or other in one


def digital_silence(name: str) -> str:
    """What is said of a microphone that gives nothing but the same sample again and again."""
    return (
        f"{name} gives nothing but digital silence. Check its mute button, or unmute it: "
        "alsamixer, F4, the space bar; or choose another one in audio.input_device "
        "(homecall-appliance devices lists them)."
    )


def _in_use(direction: Direction, card: BusyCard) -> DeviceError:
    by = f" ({card.program})" if card.program else ""
    return InUseError(
        f'Another program{by} uses the {NOUN[direction]} of "{card.name}". End that program; it is '
        "tried again."
    )
