"""The cameras without hardware, and what all cameras share."""

import sys
from collections.abc import Generator
from fractions import Fraction
from itertools import islice
from pathlib import Path
from types import SimpleNamespace
from typing import ClassVar

import numpy as np
import pytest
from av import VideoFrame

from homecall_appliance.config.model import Camera
from homecall_appliance.media.camera import create_camera
from homecall_appliance.media.camera.auto import FirstOf
from homecall_appliance.media.camera.off import Off
from homecall_appliance.media.camera.pattern import TestPattern
from homecall_appliance.media.camera.picamera import PiCamera
from homecall_appliance.media.camera.picamera_encoder import has_hardware_encoder
from homecall_appliance.media.camera.planes import from_yuv420, pixels
from homecall_appliance.media.camera.rotation import Rotated
from homecall_appliance.media.camera.v4l2 import V4l2Camera
from homecall_appliance.media.pace import ticks
from homecall_appliance.media.ports import DeviceError


class Time:
    """A clock that only moves when somebody sleeps, or says so."""

    def __init__(self, now: float = 0.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert seconds >= 0
        self.now += seconds


class Fake:
    """A camera that yields grey frames, then is lost; its history is in `events`."""

    def __init__(self, count: int, sentence: str = "Lost.") -> None:
        self.count = count
        self.sentence = sentence
        self.events: list[str] = []

    def frames(self) -> Generator[VideoFrame, None, None]:
        self.events.append("opened")
        try:
            for number in range(self.count):
                frame = VideoFrame(64, 48, "gray")
                frame.pts, frame.time_base = 100 + number, Fraction(1, 30)
                yield frame
            raise DeviceError(self.sentence)
        finally:
            self.events.append("closed")


def read_strip(frame: VideoFrame) -> int:
    """The machine-readable clock of the test pattern, as a browser's script reads it."""
    strip = pixels(frame, 0)[: frame.height // 20]
    row = strip[len(strip) // 2]
    cells = [row[(2 * cell + 1) * frame.width // 64] > 128 for cell in range(32)]
    return int("".join("1" if cell else "0" for cell in cells), 2)


def test_ticks_keep_to_their_grid_and_leave_out_what_was_missed() -> None:
    time = Time(5.0)
    seen = []
    for tick in islice(ticks(10, time, time.sleep), 6):
        seen.append((tick, round(time.now, 6)))
        time.now += 0.34 if tick == 2 else 0.03
    assert seen == [(0, 5.0), (1, 5.1), (2, 5.2), (5, 5.54), (6, 5.6), (7, 5.7)]


@pytest.mark.parametrize(
    ("width", "height"), [(1280, 720), (640, 360), (160, 120), (641, 361), (3840, 2160)]
)
def test_the_test_pattern_shows_the_time_to_programs(width: int, height: int) -> None:
    time = Time(1_764_000_000.5)
    source = TestPattern(width, height, 25, now=time, clock=time, sleep=time.sleep)
    frames = list(islice(source.frames(), 3))
    assert [(frame.width, frame.height, frame.format.name) for frame in frames] == [
        (width, height, "yuv420p")
    ] * 3
    assert [read_strip(frame) for frame in frames] == [
        (1_764_000_000_500 + late) % 2**32 for late in (0, 40, 80)
    ]
    assert [(frame.pts, frame.time_base) for frame in frames] == [
        (number, Fraction(1, 25)) for number in range(3)
    ]


def test_the_test_pattern_moves_and_shows_the_time_to_people() -> None:
    def picture(now: float, frame: int) -> VideoFrame:
        time = Time()
        source = TestPattern(1280, 720, 30, now=lambda: now, clock=time, sleep=time.sleep)
        return list(islice(source.frames(), frame + 1))[frame]

    def differs(one: VideoFrame, other: VideoFrame, top: int, bottom: int) -> bool:
        return not np.array_equal(pixels(one, 0)[top:bottom], pixels(other, 0)[top:bottom])

    bars, clock, ramp = (40, 300), (320, 400), (541, 720)
    first = picture(1000.0, 0)
    assert differs(first, picture(1000.0, 1), *bars)
    assert differs(first, picture(1000.0, 1), *ramp)
    assert differs(first, picture(1000.001, 0), *clock)
    assert not differs(first, picture(1000.001, 0), *bars)
    assert not differs(first, picture(1000.0, 0), *clock)


def test_the_test_pattern_has_the_colours_of_its_bars() -> None:
    source = TestPattern(1280, 720, 30, now=lambda: 0.0)
    rgb = next(source.frames()).to_ndarray(format="rgb24")
    found = [tuple(bool(part > 96) for part in rgb[100, 80 + 160 * bar]) for bar in range(8)]
    names = ["white", "yellow", "cyan", "green", "magenta", "red", "blue", "black"]
    meanings = ["111", "110", "011", "010", "101", "100", "001", "000"]
    assert found == [tuple(bit == "1" for bit in bits) for bits in meanings], names


def test_no_camera_is_a_dark_picture_once_a_second() -> None:
    time = Time()
    frames = list(islice(Off(640, 360, clock=time, sleep=time.sleep).frames(), 3))
    assert [(frame.pts, frame.time_base) for frame in frames] == [
        (n, Fraction(1)) for n in (0, 1, 2)
    ]
    assert time.now == 2.0
    assert frames[-1].to_ndarray(format="rgb24").max() == 0
    assert (frames[-1].width, frames[-1].height) == (640, 360)


def quarters(frame: VideoFrame) -> list[bool]:
    """Whether the four quarters are light: top left, top right, bottom left, bottom right."""
    grey = frame.to_ndarray(format="gray")
    rows, columns = grey.shape
    return [
        bool(grey[rows * y // 4, columns * x // 4] > 128)
        for y, x in ((1, 1), (1, 3), (3, 1), (3, 3))
    ]


@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuvj422p", "yuyv422"])
@pytest.mark.parametrize(
    ("degrees", "size", "light"),
    [
        (90, (120, 160), [False, True, False, False]),
        (180, (160, 120), [False, False, False, True]),
        (270, (120, 160), [False, False, True, False]),
    ],
)
def test_rotation_is_clockwise(
    degrees: int, size: tuple[int, int], light: list[bool], pixel_format: str
) -> None:
    class Corner:
        def frames(self) -> Generator[VideoFrame, None, None]:
            grey = np.zeros((120, 160), np.uint8)
            grey[:60, :80] = 255
            for number in (7, 9):
                frame = VideoFrame.from_ndarray(grey, format="gray").reformat(format=pixel_format)
                frame.pts, frame.time_base = number, Fraction(1, 1_000_000_000)
                yield frame

    frames = list(Rotated(Corner(), degrees).frames())
    assert [(frame.width, frame.height) for frame in frames] == [size] * 2
    assert [quarters(frame) for frame in frames] == [light] * 2
    assert [(frame.pts, frame.time_base) for frame in frames] == [
        (7, Fraction(1, 1_000_000_000)),
        (9, Fraction(1, 1_000_000_000)),
    ]


def test_closing_a_turned_camera_releases_it() -> None:
    camera = Fake(5)
    frames = Rotated(camera, 90).frames()
    next(frames)
    frames.close()
    assert camera.events == ["opened", "closed"]


def test_the_first_camera_that_delivers_is_taken_each_time() -> None:
    first, second, third = Fake(0, "No Pi camera."), Fake(2, "Pulled out."), Fake(9)
    cameras = FirstOf([first, second, third])
    frames = cameras.frames()
    assert [next(frames).pts, next(frames).pts] == [100, 101]
    with pytest.raises(DeviceError, match=r"^Pulled out\.$"):
        next(frames)
    first.count = 1
    assert next(cameras.frames()).pts == 100
    assert first.events == ["opened", "closed"] * 2
    assert second.events == ["opened", "closed"]
    assert third.events == []


def test_closing_the_first_camera_releases_it() -> None:
    camera = Fake(5)
    frames = FirstOf([camera]).frames()
    next(frames)
    frames.close()
    assert camera.events == ["opened", "closed"]


def test_without_any_camera_auto_says_what_to_do_and_fakes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "picamera2", None)
    cameras = FirstOf([PiCamera("", 640, 480, 30), V4l2Camera("", 640, 480, 30, dev=tmp_path)])
    with pytest.raises(DeviceError, match=r"apt install python3-picamera2 No USB camera was found"):
        next(cameras.frames())


def test_a_library_that_is_broken_is_told_and_the_next_camera_tried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fault = 'raise ValueError("numpy.dtype size changed")'
    (tmp_path / "picamera2.py").write_text(fault)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "picamera2", raising=False)
    cameras = FirstOf([PiCamera("", 640, 480, 30), V4l2Camera("", 640, 480, 30, dev=tmp_path)])
    told = r"broken \(ValueError: numpy\.dtype size changed\).*full-upgrade No USB camera was found"
    with pytest.raises(DeviceError, match=told):
        next(cameras.frames())
    assert not has_hardware_encoder()


FLICKER_50 = {"AeFlickerMode": 1, "AeFlickerPeriod": 10_000}


@pytest.mark.parametrize(
    ("has", "hertz", "more"),
    [
        ({}, 0, {}),
        ({"AfMode": (0, 2, 0)}, 0, {"AfMode": 2}),
        ({}, 50, {}),
        ({"AeFlickerPeriod": (100, 1_000_000, None)}, 0, {}),
        ({"AeFlickerPeriod": (100, 1_000_000, None)}, 50, FLICKER_50),
        ({"AeFlickerPeriod": (1, 2, None)}, 60, {**FLICKER_50, "AeFlickerPeriod": 8333}),
    ],
)
def test_a_pi_camera_focuses_and_knows_the_lamps_where_it_can(
    monkeypatch: pytest.MonkeyPatch, has: dict[str, object], hertz: int, more: dict[str, object]
) -> None:
    asked: list[dict[str, object]] = []

    class Stopped(Exception):
        """Enough was seen."""

    class Picamera2:
        camera_controls: ClassVar = has
        encoders = ()

        @staticmethod
        def global_camera_info() -> list[dict[str, str]]:
            return [{"Id": "/base/soc/i2c0mux/i2c@1/imx708@1a"}]

        def __init__(self, _number: int) -> None:
            pass

        def create_video_configuration(self, controls: dict[str, object], **_: object) -> None:
            asked.append(controls)
            raise Stopped

        def close(self, *_: object) -> None:
            pass

        configure = cancel_all_and_flush = close

    monkeypatch.setitem(sys.modules, "picamera2", SimpleNamespace(Picamera2=Picamera2))
    with pytest.raises(Stopped):
        next(PiCamera("", 640, 480, 25, power_line_frequency=hertz).frames())
    assert asked == [{"FrameDurationLimits": (40_000, 40_000), **more}]


def test_libcamera_pictures_lose_their_padding() -> None:
    width, height, stride = 6, 4, 8
    luma = np.full((height, stride), 99, np.uint8)
    luma[:, :width] = np.arange(height * width).reshape(height, width)
    chroma = np.full((2, height // 2, stride // 2), 99, np.uint8)
    chroma[:, :, : width // 2] = np.arange(12).reshape(2, 2, 3) + 200
    frame = from_yuv420(np.concatenate([luma.ravel(), chroma.ravel()]), (width, height), stride)
    assert pixels(frame, 0).ravel().tolist() == list(range(24))
    assert pixels(frame, 1).ravel().tolist() == list(range(200, 206))
    assert pixels(frame, 2).ravel().tolist() == list(range(206, 212))


def test_the_configuration_names_the_camera(monkeypatch: pytest.MonkeyPatch) -> None:
    def size(settings: Camera) -> tuple[int, int]:
        frame = next(create_camera(settings).frames())
        return frame.width, frame.height

    assert size(Camera(backend="test-pattern")) == (1280, 720)
    assert size(Camera(backend="test-pattern", rotation=270)) == (720, 1280)
    assert size(Camera(backend="off", width=320, height=240)) == (320, 240)
    monkeypatch.setitem(sys.modules, "picamera2", None)
    for settings, sentence in (
        (Camera(backend="picamera2"), "library of the Raspberry Pi camera is missing"),
        (Camera(backend="v4l2", device="/dev/null"), "/dev/null does not work"),
        (Camera(backend="file", device="/nothing.mp4"), "video file /nothing.mp4"),
        (Camera(backend="auto", device="/dev/null"), "missing.*/dev/null does not work"),
    ):
        with pytest.raises(DeviceError, match=sentence):
            size(settings)
