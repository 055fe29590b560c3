"""Pictures of a phone in the size and the pixels of a screen, by libswscale."""

from dataclasses import dataclass

import numpy as np
from av import VideoFrame
from av.video.reformatter import VideoReformatter

from homecall_appliance.display.pixels import Mode, Pixels, packed

_FORMATS = {
    (32, 16, 8): "bgra",
    (32, 0, 8): "rgba",
    (24, 16, 8): "bgr24",
    (24, 0, 8): "rgb24",
    (16, 11, 6): "rgb565le",
    (16, 0, 6): "bgr565le",
    (16, 10, 5): "rgb555le",
}
"""libav's names of modes, by their bits, the lowest bit of red, and the bits of green."""


@dataclass(frozen=True)
class Box:
    """A part of a screen, in pixels."""

    left: int
    top: int
    width: int
    height: int


def fitted(width: int, height: int, room: tuple[int, int]) -> Box:
    """Return where a picture of this size, scaled, has most of a `room` of that size: all of it
    is seen, between bars."""
    share = min(room[0] / width, room[1] / height)
    new = max(1, round(width * share)), max(1, round(height * share))
    return Box((room[0] - new[0]) // 2, (room[1] - new[1]) // 2, *new)


class Scaler:
    """Scales pictures for one mode."""

    def __init__(self, mode: Mode) -> None:
        self._mode = mode
        self._format = _FORMATS.get((mode.bits, mode.red.offset, mode.green.length))
        self._reformatter = VideoReformatter()

    def scaled(self, frame: VideoFrame, width: int, height: int) -> Pixels:
        """Return the picture in this size; the memory is no one else's."""
        new = self._reformatter.reformat(
            frame, width, height, self._format or "rgb24", interpolation="BILINEAR"
        )
        if self._format is None:
            return packed(new.to_ndarray().astype(np.uint8, copy=False), self._mode)
        plane = new.planes[0]
        rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
        pixels: Pixels = rows[:height, : width * self._mode.bits // 8].view(self._mode.pixel)
        return pixels
