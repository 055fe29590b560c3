"""What passes between the daemon and the camera's process (worker.py). PURE."""

import json
import struct
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple, Self

from homecall_appliance.config.model import Camera
from homecall_appliance.media.video.picture import Codec, Picture

_HEADER = struct.Struct("!B?QI")
HEADER_BYTES = _HEADER.size

READY = b"\n"
"""The first that comes back: everything is imported."""

_CODECS: tuple[Codec, ...] = ("h264", "vp8")
_PROBLEM = 255


@dataclass(frozen=True)
class Wish:
    """What the daemon wants of the encoders: the whole of it, each time."""

    bitrate: int
    """Bits a second, of each encoder."""

    keyframes: Mapping[Codec, int] = field(default_factory=dict)
    """How many key frames have been asked for, of each codec that somebody watches."""


@dataclass(frozen=True)
class Problem:
    """Why there are no pictures."""

    sentence: str


def dump_camera(camera: Camera) -> bytes:
    """The first line: the camera that is to be opened."""
    return _line(asdict(camera))


def parse_camera(line: bytes) -> Camera:
    """Read the first line."""
    return Camera(**json.loads(line))


def dump_wish(wish: Wish) -> bytes:
    """One of the lines that follow."""
    return _line(asdict(wish))


def parse_wish(line: bytes) -> Wish:
    """Read one of the lines that follow."""
    return Wish(**json.loads(line))


def dump(what: Picture | Problem) -> bytes:
    """The way back: a header, and what it announces."""
    match what:
        case Picture(codec, data, timestamp, keyframe):
            return _HEADER.pack(_CODECS.index(codec), keyframe, timestamp, len(data)) + data
        case Problem(sentence):
            data = sentence.encode()
            return _HEADER.pack(_PROBLEM, False, 0, len(data)) + data


class Header(NamedTuple):
    """What comes next."""

    kind: int
    keyframe: bool
    timestamp: int
    length: int
    """Bytes that follow."""

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read HEADER_BYTES."""
        return cls(*_HEADER.unpack(data))

    def open(self, data: bytes) -> Picture | Problem:
        """Make of the bytes that followed what they are."""
        if self.kind == _PROBLEM:
            return Problem(data.decode())
        return Picture(_CODECS[self.kind], data, self.timestamp, self.keyframe)


def _line(values: dict[str, Any]) -> bytes:
    return json.dumps(values).encode() + b"\n"
