"""The encoders, on the real libraries: what they write is parsed, and decoded again."""

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from itertools import islice, pairwise

import numpy as np
import pytest
from av import CodecContext, Packet, VideoFrame
from av.video.frame import PictureType

from homecall_appliance.media.camera.pattern import TestPattern
from homecall_appliance.media.camera.planes import Pixels, pixels
from homecall_appliance.media.video.encoder import KEYFRAME_SECONDS, Encoder
from homecall_appliance.media.video.picture import Codec, Picture

pytestmark = pytest.mark.slow

BITRATE = 1_500_000
NON_IDR, IDR, SEI, SPS, PPS = 1, 5, 6, 7, 8
"""nal_unit_type (ITU-T H.264, table 7-1)."""

both = pytest.mark.parametrize("codec", ["h264", "vp8"])


def scene(width: int, height: int) -> Pixels:
    """A picture of which each place looks different: shape (height, width, 3), RGB."""
    picture = np.empty((height, width, 3), np.uint8)
    picture[..., 0] = np.linspace(30, 220, width)
    picture[..., 1] = np.linspace(220, 30, height)[:, np.newaxis]
    picture[: height // 2, :, 2], picture[height // 2 :, :, 2] = 60, 180
    return picture


def still(width: int, height: int, pixel_format: str = "yuv420p", pts: int = 0) -> VideoFrame:
    """That picture as a frame."""
    frame = VideoFrame.from_ndarray(scene(width, height), format="rgb24")
    if pixel_format != "rgb24":
        frame = frame.reformat(format=pixel_format)
    frame.pts, frame.time_base = pts, Fraction(1, 30)
    return frame


def stills(count: int, width: int = 160, height: int = 120) -> list[VideoFrame]:
    return [still(width, height, pts=number) for number in range(count)]


def noisy(count: int, width: int, height: int) -> list[VideoFrame]:
    """The test pattern as a poor camera sees it, at 30 frames a second."""
    seconds = 0.0

    def now() -> float:
        return seconds

    def sleep(duration: float) -> None:
        nonlocal seconds
        seconds += duration

    pattern = TestPattern(width, height, 30, now=now, clock=now, sleep=sleep)
    random = np.random.default_rng(1)
    frames = list(islice(pattern.frames(), count))
    for frame in frames:
        luma = pixels(frame, 0)
        noise = random.integers(-16, 17, luma.shape)
        luma[:] = np.clip(luma + noise, 0, 255)
    return frames


def cuts(count: int, every: int) -> list[VideoFrame]:
    """Frames of which each `every`th shows something quite different from the one before."""
    random = np.random.default_rng(2)
    frames = []
    for number in range(count):
        if number % every == 0:
            shot = random.integers(0, 256, (24, 32, 3), np.uint8).repeat(5, 0).repeat(5, 1)
        frame = VideoFrame.from_ndarray(shot, format="rgb24").reformat(format="yuv420p")
        frame.pts, frame.time_base = number, Fraction(1, 30)
        frames.append(frame)
    return frames


def encode(
    encoder: Encoder,
    frames: Iterable[VideoFrame],
    bitrate: int = BITRATE,
    keyframe: Callable[[int], bool] = lambda number: False,
) -> list[Picture]:
    """Encode frames, each of which must give its picture at once."""
    pictures = []
    for number, frame in enumerate(frames):
        (picture,) = encoder.encode(frame, bitrate=bitrate, keyframe=keyframe(number))
        pictures.append(picture)
    return pictures


def decode(pictures: Sequence[Picture]) -> list[VideoFrame]:
    """Decode pictures, each of which must give its frame at once."""
    decoder = CodecContext.create(pictures[0].codec, "r")
    decoder.thread_count = 1
    frames = []
    for picture in pictures:
        (frame,) = decoder.decode(Packet(picture.data))
        frames.append(frame)
    return frames


def nal_units(picture: Picture) -> list[bytes]:
    """Take an access unit in Annex B apart (ITU-T H.264, section B.1)."""
    before, *units = picture.data.split(b"\x00\x00\x01")
    assert before in {b"", b"\x00"}
    return [unit.rstrip(b"\x00") for unit in units]


def nal_types(picture: Picture) -> list[int]:
    return [unit[0] & 0x1F for unit in nal_units(picture)]


def is_key(picture: Picture) -> bool:
    """Whether the bits, not the encoder, say so (RFC 6386, section 9.1)."""
    if picture.codec == "vp8":
        return picture.data[0] & 1 == 0
    return IDR in nal_types(picture)


def keys(pictures: Iterable[Picture]) -> list[int]:
    """The numbers of the key frames."""
    found = []
    for number, picture in enumerate(pictures):
        assert picture.keyframe == is_key(picture)
        if picture.keyframe:
            found.append(number)
    return found


def references(sps: bytes) -> int:
    """max_num_ref_frames of a baseline SPS (ITU-T H.264, section 7.3.2.1.1)."""
    body = sps[4:].replace(b"\x00\x00\x03", b"\x00\x00")
    bits = "".join(f"{byte:08b}" for byte in body)

    def exp_golomb() -> int:
        nonlocal bits
        zeros = bits.index("1")
        value, bits = int(bits[: 2 * zeros + 1], 2) - 1, bits[2 * zeros + 1 :]
        return value

    _sps_id, _frame_num, order_type = exp_golomb(), exp_golomb(), exp_golomb()
    assert order_type == 2, "pictures may come in another order than they are shown"
    return exp_golomb()


@both
@pytest.mark.parametrize("pixel_format", ["yuv420p", "rgb24", "yuyv422", "nv12", "yuvj422p"])
@pytest.mark.parametrize(("width", "height"), [(320, 240), (321, 241), (318, 179)])
def test_every_frame_is_one_picture_that_decodes_to_it(
    codec: Codec, pixel_format: str, width: int, height: int
) -> None:
    frames = [still(width, height, pixel_format, pts=number) for number in range(15)]
    shown = decode(encode(Encoder(codec, 30), frames))
    expected = scene(width, height)[: height // 2 * 2, : width // 2 * 2].astype(int)
    for frame in shown[-3:]:
        assert (frame.width, frame.height) == (width // 2 * 2, height // 2 * 2)
        assert np.abs(frame.to_ndarray(format="rgb24") - expected).mean() < 5


@both
def test_the_full_range_of_a_webcam_becomes_that_of_television(codec: Codec) -> None:
    frame = VideoFrame(64, 48, "yuvj420p")
    frame.pts, frame.time_base = 0, Fraction(1, 30)
    pixels(frame, 0)[:, :32], pixels(frame, 0)[:, 32:] = 0, 255
    pixels(frame, 1)[:] = pixels(frame, 2)[:] = 128
    shown = pixels(decode(encode(Encoder(codec, 30), [frame]))[0], 0).astype(int)
    assert shown[:, :24].mean() == pytest.approx(16, abs=4)
    assert shown[:, 40:].mean() == pytest.approx(235, abs=4)


@pytest.mark.parametrize(
    ("width", "height", "framerate", "level"),
    [
        (160, 120, 5, 31),
        (640, 480, 30, 31),
        (1280, 720, 30, 31),
        (720, 1280, 30, 31),
        (1280, 720, 60, 32),
        (1296, 720, 30, 32),
        (1920, 1080, 30, 40),
    ],
)
def test_h264_is_what_the_description_promises(
    width: int, height: int, framerate: int, level: int
) -> None:
    encoder = Encoder("h264", framerate)
    first, second = encode(encoder, stills(2, width, height))
    sps, pps, *_sei, _slice = nal_units(first)
    assert [nal_types(first), nal_types(second)] == [[SPS, PPS, SEI, IDR], [NON_IDR]]
    # Constrained baseline: 66, constraint_set1_flag, no other profile (RFC 6184, table 5).
    assert sps[1] == 0x42
    assert sps[2] & 0b01001111 == 0b01000000
    assert sps[3] == level
    assert references(sps) == 1
    (later,) = encode(encoder, [still(width, height, pts=2)], 400_000, lambda number: True)
    assert nal_units(later)[:2] == [sps, pps]


@both
def test_key_frames_are_where_they_were_asked_for_and_nowhere_else(codec: Codec) -> None:
    wanted = [0, 1, 37, 38, 100, 299]
    pictures = encode(
        Encoder(codec, 30), cuts(390, every=10), keyframe=lambda number: number in wanted
    )
    assert keys(pictures) == wanted
    if codec == "h264":
        for number, picture in enumerate(pictures):
            types = [each for each in nal_types(picture) if each != SEI]
            assert types == ([SPS, PPS, IDR] if number in wanted else [NON_IDR])


@both
def test_scene_cuts_are_no_key_frames(codec: Codec) -> None:
    assert keys(encode(Encoder(codec, 30), cuts(290, every=7))) == [0]


@both
def test_a_key_frame_comes_at_the_latest_after_ten_seconds(codec: Codec) -> None:
    assert keys(encode(Encoder(codec, 5), stills(101))) == [0, 5 * KEYFRAME_SECONDS, 100]


@both
def test_a_viewer_who_comes_later_decodes_from_the_next_key_frame(codec: Codec) -> None:
    pictures = encode(Encoder(codec, 30), stills(40), keyframe=lambda number: number == 20)
    whole, late = decode(pictures), decode(pictures[20:])
    assert [each.to_ndarray().tobytes() for each in late] == [
        each.to_ndarray().tobytes() for each in whole[20:]
    ]


@both
def test_a_lost_picture_does_not_spoil_those_after_it(codec: Codec) -> None:
    """For a third of a second: what differs adds up in H.264, until the key frame that a viewer
    asks for."""
    pictures = encode(Encoder(codec, 30), noisy(31, 320, 240), 600_000)
    lost = 20
    whole, rest = decode(pictures), decode(pictures[:lost] + pictures[lost + 1 :])
    for one, other in zip(whole[lost + 1 :], rest[lost:], strict=True):
        assert np.abs(pixels(one, 0).astype(int) - pixels(other, 0)).mean() < 12


@both
def test_the_bitrate_follows_without_a_key_frame(codec: Codec) -> None:
    frames = noisy(270, 640, 360)
    encoder = Encoder(codec, 30)
    seconds: list[float] = []
    pictures: list[Picture] = []
    for bitrate, duration in [(1_500_000, 4), (400_000, 3), (1_200_000, 5), (3_000_000, 5)]:
        for second in range(duration):
            start = second * 30
            one = encode(encoder, frames[start : start + 30], bitrate)
            seconds.append(sum(len(each.data) for each in one) * 8 / bitrate)
            pictures += one
    high, low, up, higher = seconds[:4], seconds[4:7], seconds[7:12], seconds[12:]
    assert high[1:] == pytest.approx([1, 1, 1], abs=0.2)
    assert low[0] < 2
    assert low[1:] == pytest.approx([1, 1], abs=0.2)
    assert max(up) < 1.25
    assert up[3:] == pytest.approx([1, 1], abs=0.2)
    assert higher[2:] == pytest.approx([1, 1, 1], abs=0.2)
    assert keys(pictures) in ([0], [0, 300])
    assert max(len(each.data) for each in pictures) * 8 < 500_000


@both
def test_a_bitrate_beyond_all_bounds_is_held_within_them(codec: Codec) -> None:
    encoder = Encoder(codec, 30)
    frames = noisy(30, 320, 240)
    lowest, usual = encode(encoder, frames, bitrate=0), encode(encoder, frames, bitrate=10**10)
    assert sum(len(each.data) for each in lowest) < sum(len(each.data) for each in usual) / 3
    assert keys(lowest + usual) == [0]


@both
def test_another_size_or_format_starts_with_a_key_frame(codec: Codec) -> None:
    frames = [
        *(still(320, 240, pts=number) for number in range(3)),
        *(still(160, 120, pts=number) for number in range(3, 6)),
        *(still(160, 120, "rgb24", pts=number) for number in range(6, 9)),
        *(still(320, 240, pts=number) for number in range(9, 12)),
    ]
    pictures = encode(Encoder(codec, 30), frames)
    assert keys(pictures) == [0, 3, 6, 9]
    assert [(each.width, each.height) for each in decode(pictures)] == [
        *[(320, 240)] * 3,
        *[(160, 120)] * 6,
        *[(320, 240)] * 3,
    ]
    assert [each.timestamp for each in pictures] == [3000 * number for number in range(1, 13)]


@both
@pytest.mark.parametrize("pixel_format", ["yuv420p", "rgb24"])
def test_the_frame_that_was_given_is_unchanged(codec: Codec, pixel_format: str) -> None:
    def everything() -> list[object]:
        planes = [bytes(plane) for plane in frame.planes]
        kept = [frame.pts, frame.time_base, frame.pict_type, frame.color_range, frame.colorspace]
        return [frame.width, frame.height, frame.format.name, *kept, *planes]

    frame = still(161, 120, pixel_format, pts=123_456)
    frame.time_base, frame.pict_type = Fraction(1, 1_000_000), PictureType.P
    before = everything()
    encoder = Encoder(codec, 30)
    for keyframe in (False, True, False):
        encoder.encode(frame, bitrate=BITRATE, keyframe=keyframe)
        assert everything() == before


@both
def test_what_a_picture_was_in_its_file_means_nothing(codec: Codec) -> None:
    frames = stills(5)
    for frame, kind in zip(frames, "IPIBI", strict=True):
        frame.pict_type = PictureType[kind]
    assert keys(encode(Encoder(codec, 30), frames)) == [0]


@both
@pytest.mark.parametrize(
    ("time_base", "clock", "timestamps"),
    [
        (Fraction(1, 30), [7, 8, 9, 11], [21_000, 24_000, 27_000, 33_000]),
        (Fraction(1, 1_000_000), [500_000, 533_333, 566_667], [45_000, 48_000, 51_000]),
        # The same again, and what then comes at its right distance.
        (Fraction(1, 30), [7, 7, 7, 8], [21_000, 24_000, 27_000, 30_000]),
        # A camera that was opened again, and starts anywhere.
        (Fraction(1, 30), [9000, 9001, 0, 1, -5, -4], [3000 * (9000 + i) for i in range(6)]),
        (Fraction(1, 30), [-7, -6], [3000, 6000]),
        (Fraction(1, 30), [0, 10**12], [3000, 3000 * 10**12 + 3000]),
    ],
)
def test_timestamps_are_the_cameras_and_increase(
    codec: Codec, time_base: Fraction, clock: list[int], timestamps: list[int]
) -> None:
    frames = stills(len(clock))
    for frame, pts in zip(frames, clock, strict=True):
        frame.pts, frame.time_base = pts, time_base
    pictures = encode(Encoder(codec, 30), frames)
    assert [each.timestamp for each in pictures] == timestamps
    assert all(one < other for one, other in pairwise(timestamps))
    assert keys(pictures) == [0]
    assert len(decode(pictures)) == len(clock)


@both
def test_after_a_close_it_starts_anew(codec: Codec) -> None:
    encoder = Encoder(codec, 30)
    frames = stills(6)
    before = encode(encoder, frames[:3])
    encoder.close()
    encoder.close()
    after = encode(encoder, frames[3:])
    assert keys(before + after) == [0, 3]
    assert len(decode(after)) == 3
    assert after[0].timestamp > before[-1].timestamp
