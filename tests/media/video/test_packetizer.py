"""Pictures in RTP payloads: put together again by a receiver's code, they are what they were."""

from fractions import Fraction

import pytest
from aiortc.codecs.h264 import H264PayloadDescriptor
from aiortc.codecs.vpx import VpxPayloadDescriptor
from av import VideoFrame
from hypothesis import given
from hypothesis import strategies as st

from homecall_appliance.media.video.encoder import Encoder
from homecall_appliance.media.video.packetizer import PAYLOAD_BYTES, h264_payloads, vp8_payloads
from homecall_appliance.media.video.picture import Codec, Picture

START_CODE = b"\0\0\0\1"

units = st.lists(
    st.builds(
        # No zero byte: a NAL unit has no start code, nor a zero at its end.
        lambda kind, importance, rest: bytes([importance << 5 | kind]) + rest,
        st.integers(1, 23),
        st.integers(0, 3),
        st.integers(1, 5000).map(lambda size: bytes(1 + n % 255 for n in range(size))),
    ),
    min_size=1,
    max_size=6,
)


def received(payloads: list[bytes]) -> bytes:
    """The access unit, as aiortc's receiver makes it of the packets."""
    return b"".join(H264PayloadDescriptor.parse(each)[1] for each in payloads)


@given(units, st.integers(20, 1500))
def test_an_access_unit_arrives_as_it_was(nal_units: list[bytes], size: int) -> None:
    access_unit = b"".join(START_CODE + unit for unit in nal_units)
    payloads = h264_payloads(access_unit, size)
    assert received(payloads) == access_unit
    assert max(map(len, payloads)) <= size


def test_start_codes_are_of_three_or_four_bytes() -> None:
    assert h264_payloads(b"\0\0\1\x67ab\0\0\0\1\x68cd") == [b"\x78\0\3\x67ab\0\3\x68cd"]


def test_a_large_picture_is_cut_into_pieces_of_one_size() -> None:
    payloads = h264_payloads(START_CODE + b"\x65" + b"\x01" * 10_000)
    sizes = [*map(len, payloads)]
    assert set(sizes[:-1]) == {PAYLOAD_BYTES}
    assert [each[1] & 0xC0 for each in payloads] == [0x80, *[0] * (len(sizes) - 2), 0x40]


@given(st.binary(min_size=1, max_size=5000), st.integers(20, 1500))
def test_a_frame_of_vp8_arrives_as_it_was(frame: bytes, size: int) -> None:
    parsed = [VpxPayloadDescriptor.parse(each) for each in vp8_payloads(frame, size)]
    assert b"".join(rest for _, rest in parsed) == frame
    assert [descriptor.partition_start for descriptor, _ in parsed] == [
        1,
        *[0] * (len(parsed) - 1),
    ]
    assert all(len(rest) == size - 1 for _, rest in parsed[:-1])


@pytest.mark.parametrize("codec", ["h264", "vp8"])
def test_a_picture_is_cut_once_for_all(codec: Codec) -> None:
    frame = VideoFrame(640, 360, "yuv420p")
    frame.pts, frame.time_base = 0, Fraction(1, 30)
    [picture] = Encoder(codec, 30).encode(frame, bitrate=1_000_000, keyframe=True)
    assert picture.payloads is picture.payloads
    if codec == "h264":
        again = received(picture.payloads)
        assert Picture("h264", again, 0, keyframe=True).payloads == picture.payloads
