"""The sizes and frame rates that a webcam offers, as the kernel's Video4Linux2 tells them."""

import contextlib
import fcntl
import struct
from collections.abc import Iterator
from math import inf
from pathlib import Path

from homecall_appliance.media.camera.modes import Mode
from homecall_appliance.media.camera.v4l2_controls import File, Ioctl, pixel_formats

# linux/videodev2.h: struct v4l2_frmsizeenum and v4l2_frmivalenum, and their ioctls.
_VIDIOC_ENUM_FRAMESIZES = 0xC02C_564A
_SIZE = struct.Struct("=I4sI6I8x")
_VIDIOC_ENUM_FRAMEINTERVALS = 0xC034_564B
_INTERVAL = struct.Struct("=I4s2II6I8x")
_DISCRETE = 1
"""V4L2_FRMSIZE_TYPE_DISCRETE and V4L2_FRMIVAL_TYPE_DISCRETE; the others are ranges."""

_MOST = 256
"""Sizes of a format, and rates of a size: some drivers never come to an end."""


def list_modes(path: str, width: int, height: int, ioctl: Ioctl = fcntl.ioctl) -> frozenset[Mode]:
    """Every mode of a camera; none where the driver does not list them, or it may not be opened.

    Of a format whose size is free within a range, the nearest to `width` x `height`.
    """
    found: set[Mode] = set()
    with contextlib.suppress(OSError), Path(path).open("rb", buffering=0) as device:
        for pixel_format in pixel_formats(path, ioctl):
            for size in _sizes(device, pixel_format, (width, height), ioctl):
                rate = max(_rates(device, pixel_format, size, ioctl), default=inf)
                found.add(Mode(pixel_format, *size, rate))
    return frozenset(found)


def _sizes(
    device: File, pixel_format: str, wanted: tuple[int, int], ioctl: Ioctl
) -> Iterator[tuple[int, int]]:
    for index in range(_MOST):
        asked = bytearray(_SIZE.pack(index, pixel_format.encode(), *(0,) * 7))
        try:
            ioctl(device, _VIDIOC_ENUM_FRAMESIZES, asked)
        except OSError:  # EINVAL after the last one
            return
        _, _, kind, *numbers = _SIZE.unpack(asked)
        if kind == _DISCRETE:
            yield numbers[0], numbers[1]
        else:
            yield _nearest(wanted[0], *numbers[:3]), _nearest(wanted[1], *numbers[3:])
            return


def _nearest(wanted: int, lowest: int, highest: int, step: int) -> int:
    held = min(max(wanted, lowest), highest)
    return held - (held - lowest) % max(step, 1)


def _rates(device: File, pixel_format: str, size: tuple[int, int], ioctl: Ioctl) -> Iterator[float]:
    for index in range(_MOST):
        asked = bytearray(_INTERVAL.pack(index, pixel_format.encode(), *size, *(0,) * 7))
        try:
            ioctl(device, _VIDIOC_ENUM_FRAMEINTERVALS, asked)
        except OSError:  # EINVAL after the last one
            return
        _, _, _, _, kind, numerator, denominator, *_ = _INTERVAL.unpack(asked)
        if numerator:  # of a range, the shortest interval comes first
            yield denominator / numerator
        if kind != _DISCRETE:
            return
