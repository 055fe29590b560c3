"""The ways in which a webcam gives pictures, and the one that a call takes. PURE."""

from collections.abc import Collection
from dataclasses import dataclass

READ_AS = {
    "MJPG": "mjpeg",
    "JPEG": "mjpeg",
    "H264": "h264",
    "YU12": "yuv420p",
    "NV12": "nv12",
    "YUYV": "yuyv422",
    "UYVY": "uyvy422",
    "422P": "yuv422p",
    "RGB3": "rgb24",
    "BGR3": "bgr24",
    "GREY": "gray",
}
"""FFmpeg's names of the formats that it reads from a camera (libavdevice/v4l2-common.c); those of
which less passes the USB go before others: USB 2 carries 720p at 30 per second only compressed."""

_ORDER = list(READ_AS)

COLOURLESS = frozenset(
    {"GREY", "Y8  ", "Y8I ", "Y10 ", "Y10B", "Y12 ", "Y12I", "Y14 ", "Y16 ", "Z16 ", "INZI", "CNF4"}
)
"""Pixel formats of infrared and depth cameras (linux/videodev2.h)."""

MOVING = 0.5
"""The part of the wanted frame rate from which on a picture counts as moving: below half of it a
smaller picture is the better one to talk to."""


@dataclass(frozen=True)
class Mode:
    """One way in which a camera gives pictures."""

    pixel_format: str
    """Its four letters (linux/videodev2.h)."""

    width: int
    height: int
    framerate: float
    """The highest, per second; infinite where the camera does not tell."""


def choose(
    modes: Collection[Mode], width: int, height: int, framerate: int, formats: Collection[str]
) -> Mode | None:
    """The mode of these formats that is nearest to the wanted size among those that move.

    Where none moves, the fastest ones count as moving. Colours go before grey, and of equal ones
    the first of READ_AS. None: there is none. `formats` are of READ_AS.
    """
    usable = [each for each in modes if each.pixel_format in formats]
    usable = [each for each in usable if each.pixel_format not in COLOURLESS] or usable
    enough = min(MOVING * framerate, max((each.framerate for each in usable), default=0.0))

    def rank(mode: Mode) -> tuple[int, int, float]:
        distance = abs(mode.width - width) + abs(mode.height - height)
        return distance, _ORDER.index(mode.pixel_format), -mode.framerate

    return min((each for each in usable if each.framerate >= enough), key=rank, default=None)
