"""The input devices of this machine as the kernel tells of them to everybody, without opening one
(drivers/input/input.c: input_dev_attrs, input_print_bitmap)."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_CLASS = Path("/sys/class/input")
_WORD = 8 * struct.calcsize("l")
"""Bits of a word in a bitmap, which are those of a `long` of the program that reads it."""


@dataclass(frozen=True)
class ListedDevice:
    """An input device: see ports.KeyDevice."""

    path: str
    name: str
    codes: frozenset[int]


def input_devices(folder: Path = _CLASS, dev: Path = Path("/dev/input")) -> list[ListedDevice]:
    """Every device that sends events, in the order of their numbers."""
    found = sorted(folder.glob("event[0-9]*"), key=lambda each: int(each.name[5:]))
    return [
        ListedDevice(
            str(dev / each.name),
            _value(each / "device" / "name"),
            frozenset(_codes(_value(each / "device" / "capabilities" / "key"))),
        )
        for each in found
    ]


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
