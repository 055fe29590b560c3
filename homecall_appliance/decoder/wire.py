"""What passes between the daemon and the process that decodes (worker.py). PURE.

The way back is read as a stranger's bytes, too: whoever has spoilt the process writes them.
"""

import json
import struct
from dataclasses import asdict
from enum import IntEnum
from typing import NamedTuple, Self

from homecall_appliance.display.pixels import Channel, FrameFormat, Mode
from homecall_appliance.media.video.picture import Codec, Picture

SLOTS = 2
"""Pictures that there is memory for: one is painted while the other is shown."""

_CODECS: tuple[Codec, ...] = ("h264", "vp8")
_SLOT = 255

_ORDER = struct.Struct("!BI")
ORDER_BYTES = _ORDER.size

_REPLY = struct.Struct("!BBHH")
REPLY_BYTES = _REPLY.size


def dump_format(form: FrameFormat) -> bytes:
    """What the memory begins with, a line: how pictures have to lie in each slot."""
    return json.dumps(asdict(form)).encode() + b"\n"


def parse_format(line: bytes) -> FrameFormat:
    """Read that line."""
    values = json.loads(line)
    mode = values.pop("mode")
    colours = {name: Channel(**mode.pop(name)) for name in ("red", "green", "blue")}
    return FrameFormat(mode=Mode(**{**mode, **colours}), **values)


def dump_picture(picture: Picture) -> bytes:
    """A picture to be decoded, and to be painted where there is a slot."""
    return _ORDER.pack(_CODECS.index(picture.codec), len(picture.data)) + picture.data


def dump_slot(slot: int) -> bytes:
    """A slot that may be painted over."""
    return _ORDER.pack(_SLOT, slot)


class Order(NamedTuple):
    """What is asked of the process."""

    kind: int
    value: int

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read ORDER_BYTES."""
        return cls(*_ORDER.unpack(data))

    @property
    def slot(self) -> int | None:
        """The slot that is given; None: a picture follows, of `value` bytes."""
        return self.value if self.kind == _SLOT else None

    @property
    def codec(self) -> Codec:
        """Of the picture that follows."""
        return _CODECS[self.kind]


class Kind(IntEnum):
    """What the process tells."""

    READY = 0
    """It is confined, and waits. `number` has a bit for each of MEASURES that it had to do
    without."""

    DECODED = 1
    """The oldest picture that has not been answered gave an image of this size, or none yet: 0."""

    SPOILT = 2
    """That picture cannot be decoded."""

    PAINTED = 3
    """The image of the last one is in the slot `number`, which is the daemon's now."""


MEASURES = ("one thread", "no_new_privs", "capabilities", "Landlock", "seccomp")
"""The names of `confinement.confine`, in the order of their bits."""


class Reply(NamedTuple):
    """What the process tells."""

    kind: Kind
    number: int = 0
    width: int = 0
    height: int = 0

    @classmethod
    def ready(cls, left: tuple[str, ...]) -> Self:
        """What tells that it is confined, but for these."""
        return cls(Kind.READY, sum(1 << MEASURES.index(each) for each in left))

    @property
    def left(self) -> tuple[str, ...]:
        """What it had to do without, of READY."""
        return tuple(name for bit, name in enumerate(MEASURES) if self.number >> bit & 1)

    def dump(self) -> bytes:
        """REPLY_BYTES."""
        return _REPLY.pack(*self)

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read REPLY_BYTES; raises ValueError for a kind that there is not."""
        kind, *others = _REPLY.unpack(data)
        return cls(Kind(kind), *others)
