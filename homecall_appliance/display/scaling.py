"""Pictures of a phone in the size and the pixels of a screen, by libswscale."""

from dataclasses import dataclass
from typing import Any

import av
import numpy as np
from av import VideoFrame
from av.video.reformatter import Colorspace, VideoReformatter

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


_UNSPECIFIED = 2
"""colour_primaries and transfer_characteristics (ITU-T H.273, tables 2 and 3)."""


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
    """Scales pictures for one mode, in the thread that calls it."""

    def __init__(self, mode: Mode) -> None:
        self._mode = mode
        self._format = _FORMATS.get((mode.bits, mode.red.offset, mode.green.length))
        self._reformatter = VideoReformatter()
        self._options: dict[str, Any] = {"interpolation": "BILINEAR", "threads": 1}
        try:
            self._reformat(VideoFrame(16, 16, "yuv420p"), 16, 16)
        except TypeError:  # before PyAV 17 it has one thread, and no option
            del self._options["threads"]

    def scaled(self, frame: VideoFrame, width: int, height: int) -> Pixels:
        """Return the picture in this size; the memory is no one else's.

        One that says of its colours what libswscale does not know is taken as if it were of
        ITU-R BT.601. Raises av.FFmpegError where it cannot be scaled at all.
        """
        try:
            new = self._reformat(frame, width, height)
        except av.FFmpegError:
            frame.colorspace = Colorspace.ITU601
            if hasattr(frame, "color_primaries"):
                frame.color_primaries = frame.color_trc = _UNSPECIFIED
            new = self._reformat(frame, width, height)
        if self._format is None:
            return packed(new.to_ndarray().astype(np.uint8, copy=False), self._mode)
        plane = new.planes[0]
        rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
        pixels: Pixels = rows[:height, : width * self._mode.bits // 8].view(self._mode.pixel)
        return pixels

    def _reformat(self, frame: VideoFrame, width: int, height: int) -> VideoFrame:
        form = self._format or "rgb24"
        return self._reformatter.reformat(frame, width, height, form, **self._options)
