"""A webcam that gives H.264, which FFmpeg reads from a file in place of the device."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from fractions import Fraction
from itertools import count, pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from av import CodecContext, Packet, VideoFrame

from homecall_appliance.media.camera.v4l2 import V4l2Camera
from homecall_appliance.media.camera.v4l2_controls import (
    BITRATE,
    FORCE_KEY_FRAME,
    Controls,
    open_controls,
)
from homecall_appliance.media.pace import Clock
from homecall_appliance.media.ports import DeviceError
from homecall_appliance.media.video.annexb import nal_units
from homecall_appliance.media.video.encoder import Encoder
from homecall_appliance.media.video.ipc import Wish
from homecall_appliance.media.video.picture import Codec, Picture
from homecall_appliance.media.video.webcam import Webcam

pytestmark = pytest.mark.slow

SIZE = 320, 240
RATE = 30
IDR, SPS, PPS = 5, 7, 8
"""nal_unit_type (ITU-T H.264, table 7-1)."""


def frame(number: int) -> VideoFrame:
    """A picture with its number in eight bits, black or white, under some noise."""
    grey = np.full(SIZE[::-1], 16, np.uint8)
    grey[:60] = np.random.default_rng(number).integers(16, 235, (60, SIZE[0]), np.uint8)
    for bit in range(8):
        if number >> bit & 1:
            grey[60:, 40 * bit : 40 * bit + 40] = 235
    made = VideoFrame.from_ndarray(grey, format="gray").reformat(format="yuv420p")
    made.pts, made.time_base = 1000 + number, Fraction(1, RATE)
    return made


def read(decoded: VideoFrame) -> int:
    """The number."""
    grey = decoded.to_ndarray(format="gray")
    return sum(1 << bit for bit in range(8) if grey[150, 40 * bit + 20] > 128)


def filmed(count: int, *, keys: Sequence[int] = (0,), bitrate: int = 700_000) -> list[Picture]:
    """What a webcam sends."""
    encoder = Encoder("h264", RATE)
    return [
        picture
        for number in range(count)
        for picture in encoder.encode(frame(number), bitrate=bitrate, keyframe=number in keys)
    ]


def without_sets(picture: Picture) -> bytes:
    units = [unit for unit in nal_units(picture.data) if unit[0] & 0x1F not in (SPS, PPS)]
    return b"".join(b"\0\0\0\1" + unit for unit in units)


def device(folder: Path, buffers: Sequence[bytes], pts: Sequence[int] | None = None) -> str:
    """A file of these buffers, a thirtieth of a second apart."""
    path = folder / "video0"
    with av.open(str(path), "w", format="nut") as container:
        stream = container.add_stream("libx264", rate=RATE)
        stream.width, stream.height = SIZE
        stream.pix_fmt = "yuv420p"
        for number, data in enumerate(buffers):
            packet = Packet(data)
            packet.stream = stream
            packet.pts = pts[number] if pts else 1000 + number
            packet.dts = number
            packet.time_base = Fraction(1, RATE)
            container.mux(packet)
    return str(path)


class Wishes:
    """Another wish from some picture on; they are read once for each."""

    def __init__(self, wishes: Mapping[int, Wish | None]) -> None:
        self._wishes = wishes
        self._reads = -1
        self._newest: Wish | None = None

    @property
    def newest(self) -> Wish | None:
        self._reads += 1
        self._newest = self._wishes.get(self._reads, self._newest)
        return self._newest


def wish(bitrate: int = 1_500_000, **keyframes: int) -> Wish:
    codecs: dict[str, Codec] = {"h264": "h264", "vp8": "vp8"}
    return Wish(bitrate, {codecs[name]: count for name, count in keyframes.items()})


def taken(
    path: str,
    wishes: Mapping[int, Wish | None],
    *,
    driver: str = "nut",
    formats: frozenset[str] = frozenset({"MJPG", "H264"}),
    controls: Callable[[str], AbstractContextManager[Controls]] = open_controls,
    clock: Clock = time.monotonic,
) -> list[Picture]:
    """The pictures until the webcam stops."""
    camera = V4l2Camera(path, *SIZE, RATE, driver=driver, clock=clock)
    webcam = Webcam(camera, RATE, formats=lambda _: formats, controls=controls)
    pictures: list[Picture] = []
    with pytest.raises(DeviceError, match=r"video0 stopped\. Plug it in again"):
        pictures.extend(webcam.pictures(Wishes(wishes)))
    return pictures


def of(codec: Codec, pictures: Sequence[Picture]) -> list[Picture]:
    chosen = [picture for picture in pictures if picture.codec == codec]
    assert all(one.timestamp < other.timestamp for one, other in pairwise(chosen))
    return chosen


def decode(pictures: Sequence[Picture]) -> list[int]:
    """Which pictures they are; each must give its frame at once, from the first on."""
    decoder = CodecContext.create(pictures[0].codec, "r")
    decoder.thread_count = 1
    shown = []
    for picture in pictures:
        (decoded,) = decoder.decode(Packet(picture.data))
        shown.append(read(decoded))
    return shown


def times(pictures: Sequence[Picture]) -> list[int]:
    """Their timestamps, in frames of the webcam's clock."""
    return [round(picture.timestamp / 3000) - 1000 for picture in pictures]


def keys(pictures: Sequence[Picture]) -> list[int]:
    for picture in pictures:
        if picture.keyframe and picture.codec == "h264":
            types = [unit[0] & 0x1F for unit in nal_units(picture.data)]
            assert types[:2] == [SPS, PPS]
            assert IDR in types
    return [number for number, picture in enumerate(pictures) if picture.keyframe]


def test_a_webcams_own_pictures_are_passed_on_as_they_are(tmp_path: Path) -> None:
    sent = filmed(90, keys=(0, 60))
    pictures = taken(device(tmp_path, [each.data for each in sent]), {0: wish(h264=1)})
    assert [each.data for each in pictures] == [each.data for each in sent]
    assert [each.timestamp for each in pictures] == [3000 * (1000 + n) for n in range(90)]
    assert keys(pictures) == [0, 60]


HOUR = 3600 * RATE


@pytest.mark.parametrize(
    "pts",
    [
        [1000] * 90,
        [*range(1000, 1030), *range(HOUR, HOUR + 60)],
        [*range(HOUR, HOUR + 30), *range(1000, 1060)],
    ],
    ids=["always the same", "ahead by an hour", "back by an hour"],
)
def test_a_clock_that_does_not_go_costs_no_picture(pts: list[int], tmp_path: Path) -> None:
    sent = filmed(90, keys=(0, 60))
    arrivals = (number / RATE for number in count())
    path = device(tmp_path, [each.data for each in sent], pts)
    pictures = taken(path, {0: wish(h264=1)}, clock=lambda: next(arrivals))
    assert [each.data for each in pictures] == [each.data for each in sent]
    steps = [later.timestamp - earlier.timestamp for earlier, later in pairwise(pictures)]
    assert steps == pytest.approx([90_000 / RATE] * 89, abs=1)


def test_parameter_sets_that_come_once_are_sent_with_each_key_frame(tmp_path: Path) -> None:
    sent = filmed(60, keys=(0, 20, 40))
    buffers = [sent[0].data, *(without_sets(each) for each in sent[1:])]
    pictures = taken(device(tmp_path, buffers), {0: wish(h264=1)})
    assert keys(pictures) == [0, 20, 40]
    assert decode(pictures[20:]) == list(range(20, 60))


def test_a_vp8_viewer_is_served_beside_those_of_h264(tmp_path: Path) -> None:
    sent = filmed(120)
    both, alone = wish(h264=1, vp8=1), wish(vp8=1)
    seen = {0: wish(h264=1), 50: both, 80: alone, 100: wish(h264=1)}
    pictures = taken(device(tmp_path, [each.data for each in sent]), seen)
    h264, vp8 = of("h264", pictures), of("vp8", pictures)
    assert [each.data for each in h264[:80]] == [each.data for each in sent[:80]]
    assert (times(h264), keys(h264)) == ([*range(80), *range(100, 120)], [0, 80])
    assert decode(h264[80:]) == list(range(100, 120))
    assert (times(vp8), keys(vp8)) == (list(range(50, 100)), [0])
    assert decode(vp8) == list(range(50, 100))


def test_a_key_frame_that_the_webcam_would_not_give_comes_at_once(tmp_path: Path) -> None:
    sent = filmed(240, keys=(0, 100, 200))
    asked = {0: wish(h264=1), 150: wish(h264=2), 180: wish(h264=3)}
    pictures = taken(device(tmp_path, [each.data for each in sent]), asked)
    assert keys(pictures) == [0, 100, 150, 180, 200]
    passed = [number for number in range(240) if pictures[number].data == sent[number].data]
    assert passed == [*range(150), *range(200, 240)]
    assert times(pictures) == list(range(240))
    assert decode(pictures) == list(range(240))


def test_where_the_network_is_too_poor_it_is_encoded_anew(tmp_path: Path) -> None:
    sent = filmed(300, keys=(0, 150, 240))
    poor = {0: wish(1_500_000, h264=1), 60: wish(200_000, h264=1), 200: wish(1_500_000, h264=1)}
    pictures = taken(device(tmp_path, [each.data for each in sent]), poor)
    assert keys(pictures) == [0, 60, 240]
    low = 8 * sum(len(each.data) for each in pictures[90:200]) * RATE / 110
    assert low < 260_000
    assert [each.data for each in pictures[240:]] == [each.data for each in sent[240:]]
    assert decode(pictures) == [number % 256 for number in range(300)]


@pytest.mark.parametrize("options", [{}, {"bf": "2", "b_strategy": "0"}])
def test_what_not_every_browser_decodes_is_encoded_anew(
    options: dict[str, str], tmp_path: Path
) -> None:
    encoder = av.VideoCodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt = *SIZE, "yuv420p"
    encoder.time_base, encoder.profile = Fraction(1, RATE), "Main"
    encoder.options = {"preset": "fast", "tune": "zerolatency", **options}
    packets = [packet for number in range(60) for packet in encoder.encode(frame(number))]
    packets += encoder.encode()
    pts = [packet.pts for packet in packets if packet.pts is not None]
    assert (pts != sorted(pts)) == ("bf" in options)
    path = device(tmp_path, [bytes(packet) for packet in packets], pts)
    pictures = of("h264", taken(path, {0: wish(h264=1)}))
    assert len(pictures) >= 55
    assert keys(pictures) == [0]
    assert nal_units(pictures[0].data)[0][1] == 66
    assert (times(pictures), decode(pictures)) == (list(range(len(pictures))),) * 2


@pytest.mark.parametrize("formats", [frozenset({"MJPG"}), frozenset({"MJPG", "H264"})])
def test_other_webcams_are_encoded_by_the_software(formats: frozenset[str], tmp_path: Path) -> None:
    encoder = CodecContext.create("mjpeg", "w")
    assert isinstance(encoder, av.VideoCodecContext)
    encoder.width, encoder.height, encoder.pix_fmt = *SIZE, "yuvj420p"
    encoder.time_base = Fraction(1, RATE)
    path = tmp_path / "video0"
    jpegs = [encoder.encode(frame(n).reformat(format="yuvj420p"))[0] for n in range(10)]
    path.write_bytes(b"".join(map(bytes, jpegs)))
    # The second one has H.264 in its list, and does not give it.
    pictures = taken(str(path), {0: wish(h264=1)}, driver="mjpeg", formats=formats)
    assert (len(pictures), keys(pictures)) == (10, [0])


def test_it_ends_with_the_wishes(tmp_path: Path) -> None:
    path = device(tmp_path, [each.data for each in filmed(30)])
    webcam = Webcam(
        V4l2Camera(path, *SIZE, RATE, driver="nut"), RATE, formats=lambda _: frozenset({"H264"})
    )
    assert len(list(webcam.pictures(Wishes({0: wish(h264=1), 20: None})))) == 20


class Obedient(Controls):
    """The controls of a webcam that has all of them."""

    def __init__(self) -> None:
        self.set_to: list[tuple[int, int]] = []

    def has(self, control: int) -> bool:
        return True

    def set(self, control: int, value: int) -> None:
        self.set_to.append((control, value))


def test_a_webcam_with_controls_is_asked_before_it_is_encoded_anew(tmp_path: Path) -> None:
    # It gives the key frame after three pictures, and the bitrate after ten.
    sent = filmed(60, keys=(0, 23)) + filmed(1, bitrate=200_000)
    obedient = Obedient()

    @contextmanager
    def controls(path: str) -> Iterator[Controls]:
        assert path.endswith("video0")
        yield obedient

    asked = {0: wish(h264=1), 20: wish(h264=2), 40: wish(400_000, h264=2)}
    path = device(tmp_path, [each.data for each in sent])
    pictures = taken(path, asked, controls=controls)
    assert [each.data for each in pictures] == [each.data for each in sent]
    assert obedient.set_to == [(BITRATE, 1_500_000), (FORCE_KEY_FRAME, 1), (BITRATE, 400_000)]
