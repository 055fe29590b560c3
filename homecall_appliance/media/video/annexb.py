"""The byte stream of H.264 (ITU-T H.264, annex B), as a camera sends it. PURE."""

from dataclasses import dataclass

SPS, ACCESS_UNIT_DELIMITER = 7, 9
_SLICE, _IDR, _PPS = 1, 5, 8
"""nal_unit_type (table 7-1)."""

_BASELINE = 66
"""profile_idc of the (constrained) baseline profile, which has no B slices (section A.2.1)."""

_START = b"\0\0\0\1"


@dataclass(frozen=True)
class AccessUnit:
    """One coded picture."""

    data: bytes
    """In annex B; that of an IDR picture has its parameter sets with it."""

    keyframe: bool
    """Whether it is an IDR picture."""

    baseline: bool
    """Whether everybody decodes it who has agreed to 42e01f (RFC 6184, section 8.1)."""


class AccessUnits:
    """Makes each key frame of a stream decodable by itself.

    Some cameras send their parameter sets once, or in a buffer of their own.
    """

    def __init__(self) -> None:
        self._sets: list[bytes] = []
        self._baseline = False

    def take(self, data: bytes) -> AccessUnit | None:
        """Return the access unit of a buffer; None for a buffer without a picture."""
        units = nal_units(data)
        types = [unit[0] & 0x1F for unit in units]
        for kind, unit in zip(types, units, strict=True):
            if kind == SPS:
                self._sets = [unit]
                self._baseline = unit[1:2] == bytes([_BASELINE])
            elif kind == _PPS and unit not in self._sets:
                self._sets.append(unit)
        if _SLICE not in types and _IDR not in types:
            return None
        keyframe = _IDR in types
        if keyframe and SPS not in types:
            others = [u for kind, u in zip(types, units, strict=True) if kind != _PPS]
            data = b"".join(_START + unit for unit in (*self._sets, *others))
        return AccessUnit(data, keyframe, self._baseline)


def nal_units(data: bytes) -> list[bytes]:
    """Take a byte stream apart; a NAL unit never ends with a zero (section 7.4.1)."""
    _before, *units = data.split(b"\0\0\1")
    return [stripped for unit in units if (stripped := unit.rstrip(b"\0"))]
