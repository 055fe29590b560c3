"""What a phone's camera never sends is not decoded."""

from fractions import Fraction

import numpy as np
import pytest
from av import CodecContext, VideoCodecContext, VideoFrame
from hypothesis import example, given, settings
from hypothesis import strategies as st

from homecall_appliance.media.video.encoder import Encoder
from homecall_appliance.media.video.headers import LARGEST_PICTURE, refusal
from homecall_appliance.media.video.picture import Codec

START = b"\0\0\0\1"
SLICE = START + b"\x65\x88\x84\x00"


def encoded(pixels: str, width: int, height: int, options: dict[str, str]) -> bytes:
    """The first picture of x264."""
    context = CodecContext.create("libx264", "w")
    assert isinstance(context, VideoCodecContext)
    context.width, context.height, context.pix_fmt = width, height, pixels
    context.time_base = context.framerate = Fraction(1, 30)
    context.options = {"preset": "ultrafast", **options}
    grey = np.full((height, width, 3), 128, np.uint8)
    frame = VideoFrame.from_ndarray(grey, format="rgb24").reformat(format=pixels)
    frame.pts = 0
    return b"".join(map(bytes, [*context.encode(frame), *context.encode(None)]))


@pytest.mark.parametrize(
    ("pixels", "size", "options", "reason"),
    [
        ("yuv420p", (320, 240), {}, None),
        ("yuv420p", (1280, 720), {"x264-params": "cabac=1"}, None),
        ("yuv420p", (1920, 1080), {"x264-params": "8x8dct=1", "tune": "zerolatency"}, None),
        ("yuv420p", (1080, 1920), {"x264-params": "8x8dct=1"}, None),
        ("yuv420p", (320, 240), {"x264-params": "cqm=jvt:ref=4"}, None),
        ("yuv420p", (320, 240), {"x264-params": "ref=16"}, "refers to too many others"),
        ("yuv420p", (320, 240), {"x264-params": "interlaced=1"}, "is interlaced"),
        ("yuv444p", (320, 240), {}, "is of another profile than baseline, main and high"),
        ("yuv422p", (320, 240), {}, "is of another profile than baseline, main and high"),
        ("yuv420p10le", (320, 240), {}, "is of another profile than baseline, main and high"),
        ("gray", (320, 240), {}, "has other colours than 4:2:0"),
        ("yuv420p", (1936, 1088), {}, "is too large, or has no size"),
        ("yuv420p", (4112, 16), {}, "is too large, or has no size"),
    ],
)
def test_what_x264_makes(
    pixels: str, size: tuple[int, int], options: dict[str, str], reason: str | None
) -> None:
    picture = encoded(pixels, *size, options)
    assert refusal("h264", picture) == reason


@pytest.mark.parametrize(
    ("size", "reason"),
    [((320, 240), None), ((1920, 1088), None), ((1936, 1088), "is too large, or has no size")],
)
@pytest.mark.parametrize("codec", ["h264", "vp8"])
def test_what_our_own_encoders_make(
    codec: Codec, size: tuple[int, int], reason: str | None
) -> None:
    encoder = Encoder(codec, 30)
    frame = VideoFrame(*size, "yuv420p")
    frame.pts, frame.time_base = 0, Fraction(1, 30)
    [first] = encoder.encode(frame, bitrate=500_000, keyframe=True)
    assert refusal(codec, first.data) == reason


class Sps:
    """Writes a sequence parameter set (ITU-T H.264, section 7.3.2.1.1)."""

    def __init__(
        self,
        *,
        profile: int = 66,
        colours: int = 1,
        depths: tuple[int, int] = (0, 0),
        order: tuple[int, ...] = (0, 2),
        references: int = 1,
        macroblocks: tuple[int, int] = (20, 15),
        frames: int = 1,
    ) -> None:
        self._bits = f"{profile:08b}{0:08b}{31:08b}"
        self._unsigned(0)
        if profile not in (66, 77, 88):
            self._unsigned(colours)
            if colours == 3:
                self._bits += "0"
            self._unsigned(*depths)
            self._bits += "00"
        self._unsigned(0)
        self._unsigned(order[0])
        self._bits += "0" if order[0] == 1 else ""
        self._unsigned(*order[1:])
        self._unsigned(references)
        self._bits += "0"
        self._unsigned(*(each - 1 for each in macroblocks))
        self._bits += f"{frames}" + ("" if frames else "0") + "1001"

    def _unsigned(self, *numbers: int) -> None:
        for number in numbers:
            bits = f"{number + 1:b}"
            self._bits += "0" * (len(bits) - 1) + bits

    def unit(self, head: int = 0x67) -> bytes:
        """With the bytes that keep a start code out (section 7.4.1)."""
        octets = len(self._bits) // 8 + 1
        payload = int(self._bits.ljust(8 * octets, "0"), 2).to_bytes(octets, "big")
        written = bytearray([head])
        for octet in payload:
            if octet <= 3 and written[-2:] == b"\0\0":
                written.append(3)
            written.append(octet)
        return bytes(written)


GOOD, LARGE = Sps().unit(), Sps(macroblocks=(200, 100)).unit()


@pytest.mark.parametrize(
    ("sps", "reason"),
    [
        (Sps(), None),
        (Sps(profile=100), None),
        (Sps(order=(1, 0, 0, 2, 5, 5)), None),
        (Sps(order=(2,)), None),
        (Sps(references=4), None),
        (Sps(references=0), None),
        (Sps(references=5), "refers to too many others"),
        (Sps(references=70_000), "refers to too many others"),
        (Sps(profile=100, colours=0), "has other colours than 4:2:0"),
        (Sps(profile=100, colours=3), "has other colours than 4:2:0"),
        (Sps(profile=100, depths=(2, 0)), "has more than 8 bits"),
        (Sps(profile=100, depths=(0, 6)), "has more than 8 bits"),
        *(
            (Sps(profile=each), "is of another profile than baseline, main and high")
            for each in (0, 44, 83, 86, 88, 110, 118, 122, 128, 138, 144, 244, 255)
        ),
        (Sps(macroblocks=(120, 68)), None),
        (Sps(macroblocks=(121, 68)), "is too large, or has no size"),
        (Sps(macroblocks=(257, 1)), "is too large, or has no size"),
        (Sps(macroblocks=(1 << 30, 1)), "is too large, or has no size"),
        (Sps(macroblocks=(1 << 16, 1 << 16)), "is too large, or has no size"),
        (Sps(frames=0), "is interlaced"),
    ],
)
def test_each_field(sps: Sps, reason: str | None) -> None:
    assert refusal("h264", START + sps.unit() + SLICE) == reason


@pytest.mark.parametrize(
    "data",
    [
        START + LARGE + SLICE,
        b"\0\0\1" + LARGE + SLICE,
        b"what is no NAL unit" + START + LARGE,
        START + GOOD + START + LARGE + SLICE,
        START + LARGE + START + GOOD + SLICE,
        START + GOOD + SLICE + START + LARGE,
        SLICE + START + LARGE,
        START + b"\x09\xf0" + START + LARGE + SLICE,
        START + Sps(macroblocks=(200, 100)).unit(head=0x07),
        START + Sps(macroblocks=(200, 100)).unit(head=0xE7),
    ],
)
def test_every_set_counts_wherever_it_stands(data: bytes) -> None:
    assert refusal("h264", data) == "is too large, or has no size"


def test_a_set_with_bytes_against_start_codes() -> None:
    """Without them it would be another one."""
    wanted = Sps(order=(1, 0, 0, 1, 1 << 30), macroblocks=(200, 100)).unit()
    assert b"\0\0\3" in wanted
    assert refusal("h264", START + wanted) == "is too large, or has no size"
    good = Sps(order=(1, 0, 0, 1, 1 << 30)).unit()
    assert refusal("h264", START + good) is None


@pytest.mark.parametrize("cut", [b"", b"\0\0\0", b"\0\0\2"])
def test_a_damaged_set(cut: bytes) -> None:
    for size in range(1, 5):
        assert refusal("h264", START + GOOD[:size] + cut + b"\1" * bool(cut)) is not None


def test_a_set_of_zeros_is_read_in_linear_time() -> None:
    zeros = b"\x67\x42\1\x1f" + b"\0\0\3" * 150
    assert refusal("h264", START + zeros) == "has a damaged parameter set"
    longer = b"\x67\x42\1\x1f" + b"\1" * 600
    assert refusal("h264", START + longer) == "has a damaged parameter set"
    assert refusal("h264", (START + GOOD) * 5) == "has too many parameter sets"
    assert refusal("h264", START + b"\x41" * LARGEST_PICTURE) == "has too many bytes"


def test_a_picture_without_a_set_is_decoded() -> None:
    assert refusal("h264", SLICE) is None
    assert refusal("h264", b"") is None
    assert refusal("vp8", b"") is None


def vp8(width: int, height: int, scale: int = 0) -> bytes:
    size = b"".join((each | scale << 14).to_bytes(2, "little") for each in (width, height))
    return b"\x10\0\0\x9d\x01\x2a" + size + b"\0" * 8


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (vp8(640, 480), None),
        (vp8(640, 480, scale=3), None),
        (vp8(1920, 1088), None),
        (vp8(1920, 1089), "is too large, or has no size"),
        (vp8(16383, 16383), "is too large, or has no size"),
        (vp8(0, 480), "is too large, or has no size"),
        (vp8(640, 480)[:9], "has a damaged header"),
        (b"\x10\0\0\x9d\x01\x2b" + vp8(640, 480)[6:], "has a damaged header"),
        (b"\x11\0\0", None),
    ],
)
def test_vp8(data: bytes, reason: str | None) -> None:
    assert refusal("vp8", data) == reason


@settings(max_examples=500)
@given(data=st.binary(max_size=100), codec=st.sampled_from(["h264", "vp8"]))
@example(data=b"", codec="vp8")
def test_any_bytes_are_judged(data: bytes, codec: Codec) -> None:
    for whole in (data, START + b"\x67" + data, START + b"\x67\x64\0\x1f" + data):
        assert refusal(codec, whole) is None or isinstance(refusal(codec, whole), str)
