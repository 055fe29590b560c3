"""What the payload of an RTP packet holds of a picture."""

import contextlib

import pytest
from aiortc.codecs.h264 import h264_depayload
from aiortc.codecs.vpx import vp8_depayload
from hypothesis import given
from hypothesis import strategies as st

from homecall_appliance.media.video.depacketizer import depacketize
from homecall_appliance.media.video.packetizer import h264_payloads, vp8_payloads

START = b"\0\0\0\1"


@pytest.mark.parametrize(
    ("payload", "data"),
    [
        (b"", b""),
        (b"\x65abc", START + b"\x65abc"),
        (b"\x78\0\2\x67a\0\3\x68bc", START + b"\x67a" + START + b"\x68bc"),  # STAP-A
        (b"\x7c\x85abc", START + b"\x65abc"),  # FU-A: the first piece
        (b"\x7c\x05def", b"def"),
        (b"\x7c\x45ghi", b"ghi"),
    ],
)
def test_h264_becomes_a_byte_stream(payload: bytes, data: bytes) -> None:
    assert depacketize("h264", payload) == data


@pytest.mark.parametrize(
    "payload",
    [
        b"\x60",  # type 0
        b"\x7c\x85",  # an FU-A of nothing
        b"\x7c",
        b"\x78\0",
        b"\x78\0\0",  # an empty unit
        b"\x78\0\5abc",  # one that goes beyond the packet
        b"\x79\0\1abc",  # STAP-B, which packetization-mode 1 does not have
        b"\x7f",
    ],
)
def test_what_is_no_payload_of_h264_is_none(payload: bytes) -> None:
    assert depacketize("h264", payload) is None


@pytest.mark.parametrize(
    ("payload", "data"),
    [
        (b"\x10abc", b"abc"),
        (b"\x90\x80\x11abc", b"abc"),  # a picture ID of 7 bits
        (b"\x90\x80\x91\x22abc", b"abc"),  # of 15 bits
        (b"\x90\xe0\x11\x22\x33abc", b"abc"),  # with TL0PICIDX and TID
        (b"\x90\x10\x33abc", b"abc"),  # KEYIDX alone
        (b"\x90\x00abc", b"abc"),
        (b"\x10", None),
        (b"\x90", None),
        (b"\x90\x80\x91", None),
        (b"\x90\xf0\x11\x22", None),
    ],
)
def test_vp8_is_without_its_descriptor(payload: bytes, data: bytes | None) -> None:
    assert depacketize("vp8", payload) == data


UNITS = st.lists(
    st.binary(min_size=1, max_size=3000).map(lambda data: b"\x65" + data.replace(b"\0", b"\1")),
    min_size=1,
    max_size=4,
)


@given(UNITS)
def test_what_was_cut_is_put_together(units: list[bytes]) -> None:
    picture = b"".join(START + unit for unit in units)
    assert b"".join(depacketize("h264", each) or b"?" for each in h264_payloads(picture)) == picture
    pieces = vp8_payloads(units[0])
    assert b"".join(depacketize("vp8", each) or b"?" for each in pieces) == units[0]


@given(st.binary(max_size=60))
def test_it_reads_as_aiortc_does_and_never_raises(payload: bytes) -> None:
    for codec, theirs in (("h264", h264_depayload), ("vp8", vp8_depayload)):
        ours = depacketize("h264" if codec == "h264" else "vp8", payload)
        with contextlib.suppress(ValueError):
            assert ours is None or theirs(payload) == ours
