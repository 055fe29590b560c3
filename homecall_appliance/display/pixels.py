"""How pictures lie in the memory of a screen (Documentation/fb/api.rst). PURE."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
"""Shape (height, width, 3): red, green and blue from 0 to 255."""

Box = tuple[int, int, int, int]
"""A part of a picture in pixels: left, top, right, bottom."""

Pixels = NDArray[Any]
"""Shape (height, width), each of `Mode.pixel`."""


@dataclass(frozen=True)
class Channel:
    """Which bits of a pixel are a colour's: from the lowest one, and how many."""

    offset: int
    length: int


@dataclass(frozen=True)
class Mode:
    """What a screen shows, and where it is in the memory."""

    width: int
    height: int
    """Pixels that are to be seen."""

    bits: int
    """Of a pixel: 16, 24 or 32."""

    stride: int
    """Bytes from one row to the next."""

    start: int
    """Bytes before the first pixel that is to be seen."""

    red: Channel
    green: Channel
    blue: Channel

    @property
    def size(self) -> int:
        """Bytes that are needed of the memory."""
        return self.start + (self.height - 1) * self.stride + self.width * self.bits // 8

    @property
    def pixel(self) -> np.dtype[Any]:
        """The type of a pixel, little-endian; of 24 bits there is no number, only bytes."""
        return np.dtype({16: "<u2", 24: "V3", 32: "<u4"}[self.bits])

    def problem(self) -> str | None:
        """Return why nothing can be shown in this mode; None: it can."""
        if self.bits not in (16, 24, 32):
            return f"it has {self.bits} bits a pixel, and not 16, 24 or 32"
        if not (self.width and self.height):
            return "it has no size"
        if any(not each.length or each.length > 8 for each in (self.red, self.green, self.blue)):
            return "its colours are not those of a true-colour screen"
        return None


@dataclass(frozen=True)
class FrameFormat:
    """How a phone's picture has to lie in the memory of a screen."""

    mode: Mode

    rotation: int
    """Degrees by which the screen is turned: see `display.rotation`."""

    @property
    def size(self) -> int:
        """Bytes of a picture: all that is to be seen."""
        return self.mode.size - self.mode.start


def canvas(memory: Any, mode: Mode, rotation: int) -> Pixels:
    """Return what is to be seen of a memory as pixels, as the person sees them who looks at the
    turned screen; they are the memory's."""
    shape, strides = (mode.height, mode.width), (mode.stride, mode.bits // 8)
    return np.rot90(np.ndarray(shape, mode.pixel, memory, strides=strides), rotation // 90)


def packed(picture: Picture, mode: Mode) -> Pixels:
    """Return the picture as the screen has it."""
    pixels = np.zeros(picture.shape[:2], np.uint32)
    for number, channel in enumerate((mode.red, mode.green, mode.blue)):
        value = picture[:, :, number].astype(np.uint32) >> (8 - channel.length)
        pixels |= value << channel.offset
    octets = pixels.astype("<u4").view(np.uint8).reshape(*pixels.shape, 4)
    return np.ascontiguousarray(octets[:, :, : mode.bits // 8]).view(mode.pixel)[:, :, 0]


def unpacked(pixels: Pixels, mode: Mode) -> Picture:
    """Return the picture of what a screen has: see packed."""
    octets = np.ascontiguousarray(pixels).view(np.uint8).reshape(*pixels.shape, mode.bits // 8)
    numbers = np.zeros(pixels.shape, np.uint32)
    for index in range(mode.bits // 8):
        numbers |= octets[:, :, index].astype(np.uint32) << 8 * index
    channels = []
    for channel in (mode.red, mode.green, mode.blue):
        most = (1 << channel.length) - 1
        channels.append((numbers >> channel.offset & most) * 255 // most)
    return np.stack(channels, axis=-1).astype(np.uint8)


def turned(box: Box, size: tuple[int, int], rotation: int) -> Box:
    """Return where a box of an upright picture is on the panel, when the picture of that size is
    turned clockwise by so many degrees."""
    (left, top, right, bottom), (width, height) = box, size
    match rotation % 360:
        case 90:
            return height - bottom, left, height - top, right
        case 180:
            return width - right, height - bottom, width - left, height - top
        case 270:
            return top, width - right, bottom, width - left
        case _:
            return box
