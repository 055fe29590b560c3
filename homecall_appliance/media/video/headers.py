"""What the headers of a stranger's picture say, before a decoder reads them. PURE.

What a phone's camera never sends is refused: it would cost memory, and lead into parts of the
decoders that nobody else uses.
"""

import re
from itertools import islice

from homecall_appliance.media.video.picture import Codec

MOST_PIXELS = 1920 * 1088
"""Of a picture: the largest that a phone sends, in whole macroblocks."""

LONGEST_SIDE = 4096
"""Pixels of a side: that of level 4 (ITU-T H.264, section A.3.1: the root of 8 MaxFS)."""

MOST_REFERENCES = 4
"""Pictures that may be referred to, each of which is kept: at level 4 as many of the largest size
are allowed (section A.3.1, MaxDpbMbs)."""

LARGEST_PICTURE = 1 << 20
"""Bytes of a coded picture: two thirds of that are a whole second at 5 Mbit/s."""

_PROFILES = (66, 77, 100)
"""profile_idc of (constrained) baseline, main and (constrained) high, as RFC 6184, section 8.1 has
them."""

_MOST_SETS, _LONGEST_SET = 4, 512
"""Sequence parameter sets of a picture, and bytes of one; an encoder writes one, of 30 bytes."""

_SPS_START = re.compile(rb"\x00\x00\x01[\x07\x27\x47\x67\x87\xa7\xc7\xe7]")
"""nal_unit_type 7, whatever the other bits of the byte are (section 7.3.1)."""

_VP8_START = b"\x9d\x01\x2a"
"""In a key frame's header (RFC 6386, section 9.1)."""


class _Refused(Exception):
    """`str()` says what about the picture is not decoded."""


def refusal(codec: Codec, data: bytes) -> str | None:
    """Return why this picture must not be decoded, as the end of a sentence; None: it may be.

    Every sequence parameter set of H.264 counts, wherever it stands. The time is linear.
    """
    look = _look_at_h264 if codec == "h264" else _look_at_vp8
    if len(data) > LARGEST_PICTURE:
        return "has too many bytes"
    try:
        look(data)
    except _Refused as refused:
        return str(refused)
    return None


def _look_at_h264(data: bytes) -> None:
    sets = [found.end() for found in islice(_SPS_START.finditer(data), _MOST_SETS + 1)]
    if len(sets) > _MOST_SETS:
        raise _Refused("has too many parameter sets")
    for start in sets:
        end = data.find(b"\0\0\1", start)
        _look_at_sps(data[start : end if end >= 0 else len(data)].rstrip(b"\0"))


def _look_at_sps(unit: bytes) -> None:
    """Read seq_parameter_set_data() as far as the size (ITU-T H.264, section 7.3.2.1.1)."""
    if len(unit) > _LONGEST_SET or b"\0\0\0" in unit or b"\0\0\2" in unit:  # section 7.4.1
        raise _Refused("has a damaged parameter set")
    bits = _Bits(unit.replace(b"\0\0\3", b"\0\0"))
    profile = bits.take(8)
    if profile not in _PROFILES:
        raise _Refused("is of another profile than baseline, main and high")
    bits.take(16)  # constraint_set flags, level_idc
    bits.unsigned()  # seq_parameter_set_id
    if profile == 100:
        if bits.unsigned() != 1:  # chroma_format_idc
            raise _Refused("has other colours than 4:2:0")
        if bits.unsigned() or bits.unsigned():  # bit_depth_luma_minus8, bit_depth_chroma_minus8
            raise _Refused("has more than 8 bits")
        bits.take(1)  # qpprime_y_zero_transform_bypass_flag
        if bits.take(1):  # seq_scaling_matrix_present_flag
            for entries in (16,) * 6 + (64,) * 2:
                _skip_scaling_list(bits, entries)
    bits.unsigned()  # log2_max_frame_num_minus4
    _skip_picture_order(bits)
    if bits.unsigned() > MOST_REFERENCES:  # max_num_ref_frames
        raise _Refused("refers to too many others")
    bits.take(1)  # gaps_in_frame_num_value_allowed_flag
    width, height = 16 * (bits.unsigned() + 1), 16 * (bits.unsigned() + 1)
    if not bits.take(1):  # frame_mbs_only_flag
        raise _Refused("is interlaced")
    _look_at_size(width, height)


def _skip_scaling_list(bits: "_Bits", entries: int) -> None:
    """Section 7.3.2.1.1.1."""
    if not bits.take(1):  # seq_scaling_list_present_flag
        return
    last = 8
    for _ in range(entries):
        last = (last + bits.signed()) % 256
        if not last:
            return


def _skip_picture_order(bits: "_Bits") -> None:
    kind = bits.unsigned()  # pic_order_cnt_type
    if kind == 0:
        bits.unsigned()  # log2_max_pic_order_cnt_lsb_minus4
    elif kind == 1:
        bits.take(1)  # delta_pic_order_always_zero_flag
        bits.unsigned(), bits.unsigned()  # two offsets, signed
        for _ in range(bits.unsigned()):  # each has a bit at least, and they end
            bits.unsigned()


def _look_at_vp8(data: bytes) -> None:
    """A key frame's header (RFC 6386, section 9.1); other frames have no size."""
    if not data or data[0] & 1:
        return
    if len(data) < 10 or data[3:6] != _VP8_START:
        raise _Refused("has a damaged header")
    width, height = (int.from_bytes(data[at : at + 2], "little") & 0x3FFF for at in (6, 8))
    _look_at_size(width, height)


def _look_at_size(width: int, height: int) -> None:
    if not width * height or width * height > MOST_PIXELS or max(width, height) > LONGEST_SIDE:
        raise _Refused("is too large, or has no size")


class _Bits:
    """Reads bits, the highest first."""

    def __init__(self, data: bytes) -> None:
        self._bits = int.from_bytes(data, "big")
        self._left = 8 * len(data)

    def take(self, count: int) -> int:
        """u(n) of section 7.2."""
        self._left -= count
        if self._left < 0:
            raise _Refused("has a damaged parameter set")
        return self._bits >> self._left & (1 << count) - 1

    def unsigned(self) -> int:
        """ue(v) of section 9.1."""
        zeros = 0
        while not self.take(1):
            zeros += 1
        return (1 << zeros) - 1 + self.take(min(zeros, 32))

    def signed(self) -> int:
        """se(v) of section 9.1.1."""
        number = self.unsigned()
        return (number + 1) // 2 if number % 2 else -(number // 2)
