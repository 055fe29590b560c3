"""What the kernel's Video4Linux2 is asked beside the pictures: formats and controls."""

import contextlib
import fcntl
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

# linux/v4l2-controls.h
POWER_LINE_FREQUENCY = 0x0098_0918
HERTZ = {50: 1, 60: 2}
"""Its values: V4L2_CID_POWER_LINE_FREQUENCY_50HZ and _60HZ."""
EXPOSURE_DYNAMIC_FRAMERATE = 0x009A_0903
"""V4L2_CID_EXPOSURE_AUTO_PRIORITY: whether the automatic exposure may lower the frame rate."""
BITRATE = 0x0099_09CF
FORCE_KEY_FRAME = 0x0099_09E5
H264_LEVEL = 0x0099_0A67
H264_LEVEL_3_1 = 9

# linux/videodev2.h: the ioctls, and their structures.
_VIDIOC_ENUM_FMT = 0xC040_5602
_FORMAT = struct.Struct("=III32s4sI12x")  # struct v4l2_fmtdesc
_VIDEO_CAPTURE_BUFFER = 1
_MOST_FORMATS = 256
_VIDIOC_S_CTRL = 0xC008_561C
_VIDIOC_G_CTRL = 0xC008_561B
_CONTROL = struct.Struct("=Ii")  # struct v4l2_control
_VIDIOC_QUERYCTRL = 0xC044_5624
_QUERY = struct.Struct("=II32s4iI8x")  # struct v4l2_queryctrl
_UNUSABLE = 0x0001 | 0x0004  # V4L2_CTRL_FLAG_DISABLED, V4L2_CTRL_FLAG_READ_ONLY


class File(Protocol):
    """An open device."""

    def fileno(self) -> int:
        """Its descriptor."""
        ...


Ioctl = Callable[[File, int, bytearray], int]
"""fcntl.ioctl: changes the bytes, and raises OSError where the device refuses."""


class Controls:
    """The controls of an open device."""

    def __init__(self, device: File, ioctl: Ioctl = fcntl.ioctl) -> None:
        self._device = device
        self._ioctl = ioctl

    def has(self, control: int) -> bool:
        """Whether the device has a control that can be set."""
        query = bytearray(_QUERY.pack(control, 0, b"", 0, 0, 0, 0, 0))
        try:
            self._ioctl(self._device, _VIDIOC_QUERYCTRL, query)
        except OSError:
            return False
        return not _QUERY.unpack(query)[-1] & _UNUSABLE

    def get(self, control: int) -> int | None:
        """The value of a control; None where the device does not have it."""
        value = bytearray(_CONTROL.pack(control, 0))
        try:
            self._ioctl(self._device, _VIDIOC_G_CTRL, value)
        except OSError:
            return None
        return int(_CONTROL.unpack(value)[1])

    def set(self, control: int, value: int) -> None:
        """Set a control; the kernel takes the nearest value that there is. Raises OSError."""
        self._ioctl(self._device, _VIDIOC_S_CTRL, bytearray(_CONTROL.pack(control, value)))


@contextlib.contextmanager
def open_controls(path: str) -> Iterator[Controls]:
    """The controls of a device, which others may use meanwhile. Raises OSError."""
    with Path(path).open("rb", buffering=0) as device:
        yield Controls(device)


def pixel_formats(path: str, ioctl: Ioctl = fcntl.ioctl) -> frozenset[str]:
    """The formats that a camera gives, by their four letters; none of what is not a camera."""
    found: set[str] = set()
    try:
        with Path(path).open("rb", buffering=0) as device:
            for index in range(_MOST_FORMATS):  # some list one twice
                each = bytearray(_FORMAT.pack(index, _VIDEO_CAPTURE_BUFFER, 0, b"", b"", 0))
                ioctl(device, _VIDIOC_ENUM_FMT, each)
                found.add(_FORMAT.unpack(each)[4].decode(errors="replace"))
    except OSError:  # EINVAL after the last one
        pass
    return frozenset(found)
