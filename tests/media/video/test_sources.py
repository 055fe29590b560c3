"""What the camera's process runs: the software's pictures, and which source is taken."""

import sys
from collections.abc import Generator
from fractions import Fraction
from itertools import islice

import pytest
from av import VideoFrame

from homecall_appliance.config.model import Camera
from homecall_appliance.media.ports import DeviceError
from homecall_appliance.media.video.ipc import Wish
from homecall_appliance.media.video.picture import Picture
from homecall_appliance.media.video.source import Software, Wishes
from homecall_appliance.media.video.sources import FirstOf, create_source


class Wished:
    """A wish that a test changes."""

    def __init__(self, wish: Wish | None) -> None:
        self.newest = wish


class Camera30:
    """A camera of grey frames; its history is in `events`."""

    def __init__(self) -> None:
        self.events: list[str] = []

    def frames(self) -> Generator[VideoFrame, None, None]:
        self.events.append("opened")
        try:
            for number in range(100):
                frame = VideoFrame(64, 48, "gray")
                frame.pts, frame.time_base = 100 + number, Fraction(1, 30)
                yield frame
        finally:
            self.events.append("closed")


class Source:
    """Pictures that are numbered, then an error."""

    def __init__(self, count: int, sentence: str | None) -> None:
        self.count = count
        self.sentence = sentence
        self.events: list[str] = []

    def pictures(self, wishes: Wishes) -> Generator[Picture, None, None]:
        self.events.append("opened")
        try:
            for number in range(self.count):
                yield Picture("h264", b"", number, True)
            if self.sentence:
                raise DeviceError(self.sentence)
        finally:
            self.events.append("closed")


def history(pictures: list[Picture]) -> list[str]:
    return [f"{each.codec} {each.timestamp // 3000}{' key' * each.keyframe}" for each in pictures]


def test_the_software_encodes_what_is_wished_for() -> None:
    camera, wished = Camera30(), Wished(Wish(500_000, {"h264": 1}))
    pictures = Software(camera, 30).pictures(wished)
    seen = list(islice(pictures, 2))
    for wish, count in (
        (Wish(500_000, {"h264": 1, "vp8": 7}), 4),
        (Wish(500_000, {"vp8": 7}), 1),
        (Wish(500_000, {"vp8": 8}), 1),
        # Who comes back begins with a key frame.
        (Wish(500_000, {"h264": 1}), 2),
    ):
        wished.newest = wish
        seen += islice(pictures, count)
    wished.newest = None
    assert list(pictures) == []
    assert history(seen) == [
        *("h264 100 key", "h264 101"),
        *("h264 102", "vp8 102 key", "h264 103", "vp8 103"),
        *("vp8 104", "vp8 105 key"),
        *("h264 106 key", "h264 107"),
    ]
    assert camera.events == ["opened", "closed"]


def test_closing_the_software_releases_the_camera() -> None:
    camera = Camera30()
    pictures = Software(camera, 30).pictures(Wished(Wish(500_000, {"h264": 1})))
    next(pictures)
    pictures.close()
    assert camera.events == ["opened", "closed"]


def test_the_first_source_that_delivers_is_taken() -> None:
    wished = Wished(Wish(1, {}))
    first, second, third = Source(0, "No Pi camera."), Source(2, "Pulled out."), Source(9, None)
    pictures = FirstOf([first, second, third]).pictures(wished)
    assert [next(pictures).timestamp, next(pictures).timestamp] == [0, 1]
    with pytest.raises(DeviceError, match=r"^Pulled out\.$"):
        next(pictures)
    assert [each.events for each in (first, second, third)] == [["opened", "closed"]] * 2 + [[]]
    with pytest.raises(DeviceError, match=r"^A\. B\.$"):
        next(FirstOf([Source(0, "A."), Source(0, "B.")]).pictures(wished))


def test_where_nobody_wishes_any_more_no_other_source_is_opened() -> None:
    second = Source(9, None)
    assert list(FirstOf([Source(0, None), second]).pictures(Wished(None))) == []
    assert second.events == []


@pytest.mark.parametrize("rotation", [0, 180])
@pytest.mark.parametrize(
    ("backend", "device", "sentence"),
    [
        ("picamera2", "", "library of the Raspberry Pi camera is missing"),
        ("v4l2", "/dev/null", "/dev/null does not work"),
        ("file", "/nothing.mp4", "video file /nothing.mp4"),
        ("auto", "/dev/null", "missing.*/dev/null does not work"),
    ],
)
def test_the_configuration_names_the_source(
    backend: str, device: str, sentence: str, rotation: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "picamera2", None)
    monkeypatch.setitem(sys.modules, "picamera2.platform", None)
    settings = Camera(backend=backend, device=device, rotation=rotation)  # type: ignore[arg-type]
    with pytest.raises(DeviceError, match=sentence):
        next(create_source(settings).pictures(Wished(Wish(1, {"h264": 1}))))


def test_cameras_without_hardware_are_encoded_by_the_software() -> None:
    for backend in ("test-pattern", "off"):
        settings = Camera(backend=backend, width=160, height=120)
        pictures = create_source(settings).pictures(Wished(Wish(500_000, {"vp8": 1})))
        assert next(pictures).keyframe
        pictures.close()
