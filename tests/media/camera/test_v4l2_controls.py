"""What is asked of V4L2 devices, byte by byte, as linux/videodev2.h has it."""

import errno
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from homecall_appliance.media.camera.picamera_encoder import in_level_3_1
from homecall_appliance.media.camera.v4l2_controls import (
    BITRATE,
    FORCE_KEY_FRAME,
    H264_LEVEL,
    Controls,
    File,
    open_controls,
    pixel_formats,
)

CODEC_BASE = 0x0099_0000 | 0x900
"""V4L2_CID_CODEC_BASE (linux/v4l2-controls.h)."""

DISABLED, READ_ONLY, UPDATE = 0x1, 0x4, 0x8


def iowr(number: int, size: int) -> int:
    """_IOWR('V', number, size) of asm-generic/ioctl.h."""
    return 3 << 30 | size << 16 | ord("V") << 8 | number


class Device:
    """An open device that records what it is asked."""

    def __init__(self, answer: Callable[[int, bytearray], None]) -> None:
        self.asked: list[tuple[int, bytes]] = []
        self._answer = answer

    def fileno(self) -> int:
        return 7

    def ioctl(self, device: File, request: int, buffer: bytearray) -> int:
        assert device is self
        self.asked.append((request, bytes(buffer)))
        self._answer(request, buffer)
        return 0


def refuse(request: int, buffer: bytearray) -> None:
    raise OSError(errno.EINVAL, "Invalid argument")


@pytest.mark.parametrize(
    ("control", "number"), [(BITRATE, 207), (FORCE_KEY_FRAME, 229), (H264_LEVEL, 359)]
)
def test_a_control_is_set(control: int, number: int) -> None:
    device = Device(lambda *_: None)
    Controls(device, device.ioctl).set(control, 750_000)
    # struct v4l2_control: __u32 id, __s32 value.
    assert device.asked == [(iowr(28, 8), struct.pack("=Ii", CODEC_BASE + number, 750_000))]


def test_a_control_that_is_refused_is_an_error() -> None:
    device = Device(refuse)
    with pytest.raises(OSError, match="Invalid argument"):
        Controls(device, device.ioctl).set(BITRATE, 1)


@pytest.mark.parametrize(
    ("flags", "has"), [(0, True), (UPDATE, True), (DISABLED, False), (READ_ONLY | UPDATE, False)]
)
def test_a_control_that_can_be_set_is_there(flags: int, has: bool) -> None:
    def answer(request: int, buffer: bytearray) -> None:
        # struct v4l2_queryctrl: id, type, name[32], minimum, maximum, step, default, flags,
        # reserved[2].
        buffer[:] = struct.pack("=II32s4iI2I", CODEC_BASE, 1, b"x", 1, 2, 3, 4, flags, 0, 0)

    device = Device(answer)
    assert Controls(device, device.ioctl).has(BITRATE) == has
    (request, asked) = device.asked[0]
    assert request == iowr(36, 68)
    assert asked == struct.pack("=I", CODEC_BASE + 207) + bytes(64)


def test_a_control_that_is_refused_is_not_there() -> None:
    device = Device(refuse)
    assert not Controls(device, device.ioctl).has(FORCE_KEY_FRAME)


def test_what_is_no_device_has_no_controls_and_no_formats(tmp_path: Path) -> None:
    path = tmp_path / "video0"
    path.touch()
    with open_controls(str(path)) as controls:
        assert not controls.has(BITRATE)
    assert pixel_formats(str(path)) == frozenset()
    assert pixel_formats(str(tmp_path / "nothing")) == frozenset()


def test_the_formats_of_a_camera(tmp_path: Path) -> None:
    path = tmp_path / "video0"
    path.touch()
    formats = [b"YUYV", b"MJPG", b"YUYV", b"H264"]

    def ioctl(device: File, request: int, buffer: bytearray) -> int:
        # struct v4l2_fmtdesc has pixelformat at byte 44; V4L2_BUF_TYPE_VIDEO_CAPTURE is 1.
        assert request == iowr(2, 64)
        index, kind = struct.unpack_from("=II", buffer)
        assert kind == 1
        if index == len(formats):
            raise OSError(errno.EINVAL, "Invalid argument")
        buffer[44:48] = formats[index]
        return 0

    assert pixel_formats(str(path), ioctl) == {"YUYV", "MJPG", "H264"}


@pytest.mark.parametrize(
    ("size", "framerate", "fits"),
    [
        ((1280, 720), 30, True),
        ((720, 1280), 30, True),
        ((640, 480), 60, True),
        ((1280, 720), 31, False),
        ((1296, 720), 30, False),
        ((1920, 1080), 10, False),
    ],
)
def test_level_3_1_is_for_what_it_allows(size: tuple[int, int], framerate: int, fits: bool) -> None:
    assert in_level_3_1(size, framerate) == fits
