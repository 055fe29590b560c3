"""Video files and V4L2 cameras."""

import errno
import fcntl
import os
import struct
import subprocess
import sys
import wave
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from itertools import islice, pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from av import Packet, VideoFrame

from homecall_appliance.media.camera.file import VideoFile
from homecall_appliance.media.camera.v4l2 import V4l2Camera
from homecall_appliance.media.camera.v4l2_controls import Controls, File
from homecall_appliance.media.camera.v4l2_devices import (
    Capability,
    capability,
    links_to,
    list_cameras,
)
from homecall_appliance.media.ports import DeviceError

CAPTURE, METADATA, M2M, STREAMING = 0x1, 0x0080_0000, 0x4000, 0x0400_0000


class Time:
    """A clock that only moves when somebody sleeps, or says so."""

    def __init__(self, now: float = 0.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert seconds >= 0
        self.now += seconds


Film = Callable[..., Path]


@pytest.fixture
def film(tmp_path: Path) -> Film:
    """Makes a film of grey pictures, each lighter than the last."""

    def make(name: str, codec: str, *, size: tuple[int, int] = (64, 48), count: int = 4) -> Path:
        path = tmp_path / name
        with av.open(str(path), "w") as container:
            stream = container.add_stream(codec, rate=20)
            assert isinstance(stream, av.VideoStream)
            stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
            for number in range(count):
                grey = np.full((size[1], size[0]), 50 + 40 * number, np.uint8)
                frame = VideoFrame.from_ndarray(grey, format="gray")
                container.mux(stream.encode(frame.reformat(format="yuv420p")))
            container.mux(stream.encode())
        return path

    return make


def shades(frames: list[VideoFrame]) -> list[int]:
    """Which picture of the film each frame is."""
    return [round((int(f.to_ndarray(format="gray")[8, 8]) - 50) / 40) for f in frames]


def test_a_film_is_shown_for_ever_at_its_own_pace(film: Film) -> None:
    time = Time()
    path = film("film.mp4", "mpeg4")
    source = VideoFile(str(path), 1280, 720, 20, clock=time, sleep=time.sleep)
    shown, times = [], []
    for frame in islice(source.frames(), 10):
        shown.append(frame)
        times.append(round(time.now, 6))
    assert shades(shown) == [0, 1, 2, 3, 0, 1, 2, 3, 0, 1]
    assert times == [round(0.05 * number, 6) for number in range(10)]
    assert [frame.pts for frame in shown] == [50_000 * number for number in range(10)]
    assert {frame.time_base for frame in shown} == {Fraction(1, 1_000_000)}


def test_after_a_stall_the_film_goes_on_without_a_burst(film: Film) -> None:
    time = Time()
    source = VideoFile(str(film("film.mp4", "mpeg4")), 1280, 720, 20, clock=time, sleep=time.sleep)
    times, stamps = [], []
    for number, frame in enumerate(islice(source.frames(), 5)):
        times.append(round(time.now, 6))
        stamps.append(frame.pts)
        if number == 1:
            time.now += 7.0
    assert times == [0.0, 0.05, 7.05, 7.1, 7.15]
    assert stamps == [round(moment * 1_000_000) for moment in times]


def test_a_film_without_timestamps_has_the_configured_pace(film: Film) -> None:
    time = Time()
    path = film("film.h264", "libx264")
    source = VideoFile(str(path), 1280, 720, 10, clock=time, sleep=time.sleep)
    stamps = [frame.pts for frame in islice(source.frames(), 9) if frame.pts is not None]
    assert len(stamps) == 9
    assert all(later > earlier for earlier, later in pairwise(stamps))
    assert stamps[-1] / 1_000_000 == pytest.approx(time.now)


def test_a_large_picture_is_fitted_into_the_box(film: Film) -> None:
    path = str(film("film.mp4", "mpeg4", size=(320, 180)))
    sizes = [
        (frame.width, frame.height)
        for box in ((1280, 720), (160, 160), (480, 90))
        for frame in islice(VideoFile(path, *box, 30).frames(), 1)
    ]
    assert sizes == [(320, 180), (160, 90), (160, 90)]


@pytest.mark.parametrize("name", ["missing.mp4", "folder", "text.mp4", "sound.wav", "empty.mp4"])
def test_what_is_no_film_is_a_sentence(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    (tmp_path / "folder").mkdir()
    (tmp_path / "text.mp4").write_text("no film at all")
    (tmp_path / "empty.mp4").touch()
    with wave.open(str(tmp_path / "sound.wav"), "wb") as sound:
        sound.setparams((1, 2, 48_000, 0, "NONE", ""))
        sound.writeframes(bytes(9600))
    with pytest.raises(DeviceError, match=rf"{name} cannot be played: .+\. Set camera\.device"):
        next(VideoFile(str(path), 1280, 720, 30).frames())


def make_dev(folder: Path, answers: dict[str, Capability | None]) -> V4l2Camera:
    for name in answers:
        (folder / name).touch()
    return V4l2Camera("", 640, 480, 30, dev=folder, ask=lambda path: answers[path.name])


UVC = Capability("uvcvideo", "Webcam", "usb-0000:01:00.0-1.2", CAPTURE | STREAMING)
UVC_METADATA = Capability("uvcvideo", "Webcam", "usb-0000:01:00.0-1.2", METADATA | STREAMING)
LOOPBACK = Capability("v4l2 loopback", "Dummy", "platform:v4l2loopback", CAPTURE | STREAMING)
PI_ISP = Capability("bcm2835-isp", "bcm2835-isp", "platform:bcm2835-isp", CAPTURE | STREAMING)
PI_CODEC = Capability("bcm2835-codec", "decode", "platform:bcm2835-codec", M2M | STREAMING)


@pytest.mark.parametrize(
    ("answers", "taken"),
    [
        ({"video1": UVC_METADATA, "video2": UVC, "video10": UVC}, "video2"),
        ({"video0": LOOPBACK, "video3": UVC}, "video3"),
        ({"video0": None, "video1": LOOPBACK, "video14": PI_ISP}, "video1"),
        ({"video0-door": UVC, "video2": UVC}, "video2"),
    ],
)
def test_the_first_camera_is_a_usb_camera_that_captures(
    answers: dict[str, Capability | None], taken: str, tmp_path: Path
) -> None:
    # The files are no devices, so that the refusal names the one that was opened.
    with pytest.raises(DeviceError, match=rf"/{taken} does not work: .+\. Plug it in again"):
        next(make_dev(tmp_path, answers).frames())


@pytest.mark.parametrize(
    "answers",
    [{}, {"video10": PI_CODEC, "video14": PI_ISP}, {"video0": UVC_METADATA, "video1": None}],
)
def test_no_camera_is_a_sentence(answers: dict[str, Capability | None], tmp_path: Path) -> None:
    with pytest.raises(DeviceError, match=r"No USB camera was found\. Plug one in"):
        next(make_dev(tmp_path, answers).frames())


def test_a_camera_with_colours_goes_before_an_infrared_one(tmp_path: Path) -> None:
    given = {
        "video0": {"GREY", "Y16 "},
        "video2": {"MJPG", "GREY"},
        "video4": {"YUYV"},
        "video6": set[str](),
    }
    for name in given:
        (tmp_path / name).touch()
    found = list_cameras(tmp_path, lambda _: UVC, lambda path: frozenset(given[Path(path).name]))
    assert [path.name for path, _ in found] == ["video2", "video4", "video6", "video0"]


def test_the_links_of_a_camera_are_its_names(tmp_path: Path) -> None:
    (tmp_path / "v4l" / "by-id").mkdir(parents=True)
    camera, other = tmp_path / "video0", tmp_path / "video1"
    links = [tmp_path / "door", tmp_path / "v4l" / "by-id" / "usb-Webcam"]
    camera.touch()
    for link in links:
        link.symlink_to(camera)
    (tmp_path / "v4l" / "by-id" / "gone").symlink_to(other)
    assert links_to(camera, tmp_path) == links


def test_a_usb_without_room_is_no_full_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise av.FFmpegError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(av, "open", refuse)
    with pytest.raises(DeviceError, match=r"^The USB has no room for the pictures .*/video0\."):
        next(make_dev(tmp_path, {"video0": UVC}).frames())


def busy(*_: object, **__: object) -> None:
    raise av.FFmpegError(errno.EBUSY, os.strerror(errno.EBUSY))


def test_a_camera_in_use_names_the_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(av, "open", busy)
    camera = make_dev(tmp_path, {"video0": UVC})
    told = r"/video0 is used by another program\. .*: sudo fuser --verbose .*/video0$"
    with pytest.raises(DeviceError, match=told):
        next(camera.frames())
    command = [sys.executable, "-c", "import sys; print(flush=True); sys.stdin.read()"]
    with (tmp_path / "video0").open() as held:
        program = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, pass_fds=[held.fileno()]
        )
    with program:
        assert program.stdout
        assert program.stdin
        program.stdout.readline()
        told = rf"/video0 is used by \S+ \(process {program.pid}\)\. End that program\.$"
        with pytest.raises(DeviceError, match=told):
            next(camera.frames())
        program.stdin.close()


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        ({"video2": UVC}, r'number may have changed\. Set camera\.device to "\S+/usb-W", or leave'),
        ({"video0": UVC_METADATA, "video2": UVC}, r'camera \S+/video0: .*to "\S+/by-id/usb-W", or'),
        ({"video2": UVC, "video4": UVC}, r'to "\S+/by-id/usb-W" or "\S+/video4", or leave'),
        ({"video0": UVC_METADATA}, r"^There is no camera \S+/video0\. Plug it in\.$"),
        ({}, r"^There is no camera \S+/video0\. Plug it in\.$"),
    ],
)
def test_another_number_than_the_configured_one_is_told(
    answers: dict[str, Capability | None], told: str, tmp_path: Path
) -> None:
    make_dev(tmp_path, answers)
    for folder, name in (("by-id", "usb-W"), ("by-path", "pci-0:1")):
        (tmp_path / "v4l" / folder).mkdir(parents=True)
        (tmp_path / "v4l" / folder / name).symlink_to(tmp_path / "video2")
    device = str(tmp_path / "video0")
    camera = V4l2Camera(device, 640, 480, 30, dev=tmp_path, ask=lambda path: answers.get(path.name))
    with pytest.raises(DeviceError, match=told):
        next(camera.frames())


SPOILT = b"\xff\xd8\xff\xfe\x00\x04\xff\xff\xff\xd9"
"""A JPEG without a picture."""


def jpeg(shade: int) -> bytes:
    encoder = av.CodecContext.create("mjpeg", "w")
    assert isinstance(encoder, av.VideoCodecContext)
    encoder.width, encoder.height, encoder.pix_fmt = 64, 48, "yuvj420p"
    encoder.time_base = Fraction(1, 30)
    frame = VideoFrame.from_ndarray(np.full((48, 64), shade, np.uint8), format="gray")
    frame.pts = 0
    return bytes(encoder.encode(frame.reformat(format="yuvj420p"))[0])


def test_a_spoilt_picture_is_left_out(tmp_path: Path) -> None:
    device = tmp_path / "video0"
    device.write_bytes(SPOILT + jpeg(50) + SPOILT + SPOILT + jpeg(90) + jpeg(130))
    frames = V4l2Camera(str(device), 64, 48, 2, driver="mjpeg").frames()
    assert shades([next(frames), next(frames), next(frames)]) == [0, 1, 2]
    with pytest.raises(DeviceError, match=r"video0 stopped\. Plug it in again"):
        next(frames)


def buffers(path: Path, contents: list[bytes]) -> str:
    """A file of buffers with a tenth of a second between them, of which some may be empty."""
    with av.open(str(path), "w", format="nut") as container:
        stream = container.add_stream("mjpeg", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuvj420p"
        for number, content in enumerate(contents):
            packet = Packet(content)
            packet.stream, packet.time_base = stream, Fraction(1, 10)
            packet.pts = packet.dts = number
            container.mux(packet)
    return str(path)


def test_an_empty_buffer_is_left_out(tmp_path: Path) -> None:
    # So FFmpeg hands on a buffer with V4L2_BUF_FLAG_ERROR: an empty packet with its timestamp.
    path = buffers(tmp_path / "video0", [b"", jpeg(50), b"", jpeg(90), b"", b"", jpeg(130)])
    frames = V4l2Camera(path, 64, 48, 2, driver="nut").frames()
    shown = [next(frames), next(frames), next(frames)]
    assert shades(shown) == [0, 1, 2]
    assert [frame.time for frame in shown] == pytest.approx([0.1, 0.3, 0.6])
    with pytest.raises(DeviceError, match=r"video0 stopped\. Plug it in again"):
        next(frames)


def test_a_camera_whose_buffers_are_all_empty_is_lost(tmp_path: Path) -> None:
    path = buffers(tmp_path / "video0", [jpeg(50), *[b""] * 3, jpeg(90)])
    frames = V4l2Camera(path, 64, 48, 2, driver="nut").frames()
    assert shades([next(frames)]) == [0]
    with pytest.raises(DeviceError, match="video0 does not work: Invalid argument"):
        next(frames)


@pytest.mark.parametrize(
    ("hertz", "told"), [(0, []), (50, [(0x0098_0918, 1)]), (60, [(0x0098_0918, 2)])]
)
@pytest.mark.parametrize("refuses", [False, True])
def test_a_webcam_is_told_of_the_lamps(
    hertz: int, told: list[tuple[int, int]], refuses: bool, tmp_path: Path
) -> None:
    asked = []

    def ioctl(_device: File, _request: int, buffer: bytearray) -> int:
        asked.append(struct.unpack("=Ii", buffer))  # struct v4l2_control
        if refuses:
            raise OSError(errno.EINVAL, "Invalid argument")
        return 0

    @contextmanager
    def controls(path: str) -> Iterator[Controls]:
        with Path(path).open("rb") as device:
            yield Controls(device, ioctl)

    path = tmp_path / "video0"
    path.write_bytes(jpeg(50))
    camera = V4l2Camera(
        str(path), 64, 48, 2, power_line_frequency=hertz, controls=controls, driver="mjpeg"
    )
    assert shades([next(camera.frames())]) == [0]
    assert asked == told


def test_a_camera_that_only_spoils_pictures_is_lost(tmp_path: Path) -> None:
    device = tmp_path / "video0"
    device.write_bytes(jpeg(50) + SPOILT * 3 + jpeg(90))
    frames = V4l2Camera(str(device), 64, 48, 2, driver="mjpeg").frames()
    assert shades([next(frames)]) == [0]
    with pytest.raises(DeviceError, match="video0 does not work: Invalid data"):
        next(frames)


def test_a_file_that_is_no_device_has_no_capability() -> None:
    assert capability(Path("/dev/null")) is None
    assert capability(Path("/dev/video-that-is-not-there")) is None


def test_what_a_device_says_of_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(device: object, request: int, buffer: bytearray) -> int:
        # linux/videodev2.h: VIDIOC_QUERYCAP is _IOR('V', 0, struct v4l2_capability).
        assert request == 2 << 30 | len(buffer) << 16 | ord("V") << 8
        texts = (
            b"uvcvideo".ljust(16, b"\0"),
            b"HD Webcam".ljust(32, b"\0"),
            b"usb-1".ljust(32, b"\0"),
        )
        # A webcam's metadata node: the card can capture pictures, this node cannot.
        numbers = struct.pack("=6I", 0x060C00, CAPTURE | METADATA, METADATA | STREAMING, 0, 0, 0)
        buffer[:] = b"".join(texts) + numbers
        return 0

    node = tmp_path / "video1"
    node.touch()
    monkeypatch.setattr(fcntl, "ioctl", answer)
    said = capability(node)
    assert said == Capability("uvcvideo", "HD Webcam", "usb-1", METADATA | STREAMING)
    assert not said.is_camera
