"""The input devices of this machine as the kernel tells of them to everybody, without opening one
(drivers/input/input.c: input_dev_attrs, input_print_bitmap)."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from homecall_appliance.keys.touch_screen import Traits, touch_axes

_CLASS = Path("/sys/class/input")
_WORD = 8 * struct.calcsize("l")
"""Bits of a word in a bitmap, which are those of a `long` of the program that reads it."""


@dataclass(frozen=True)
class ListedDevice:
    """An input device: see ports.KeyDevice."""

    path: str
    name: str
    codes: frozenset[int]
    is_touch_screen: bool = False


def input_devices(folder: Path = _CLASS, dev: Path = Path("/dev/input")) -> list[ListedDevice]:
    """Every device that sends events, in the order of their numbers."""
    found = sorted(folder.glob("event[0-9]*"), key=lambda each: int(each.name[5:]))
    return [_listed(each / "device", str(dev / each.name)) for each in found]


def _listed(device: Path, path: str) -> ListedDevice:
    def bits(name: str) -> frozenset[int]:
        return frozenset(_codes(_value(device / name)))

    keys, axes, motions = (bits(f"capabilities/{name}") for name in ("key", "abs", "rel"))
    touched = touch_axes(Traits(keys, axes, motions, bits("properties"))) is not None
    return ListedDevice(path, _value(device / "name"), keys, touched)


def _codes(bitmap: str) -> Iterator[int]:
    """The bits that are set. A bitmap is words in hexadecimal, the highest first: "4 0 1"."""
    for index, word in enumerate(reversed(bitmap.split())):
        value = int(word, 16)
        yield from (index * _WORD + bit for bit in range(_WORD) if value >> bit & 1)


def _value(file: Path) -> str:
    try:
        return file.read_text(errors="replace").strip()
    except OSError:
        return ""  # gone meanwhile
