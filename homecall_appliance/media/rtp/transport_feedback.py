"""Transport-wide feedback: which packets of a transport arrived, and when
(draft-holmer-rmcat-transport-wide-cc-extensions-01, section 3.1)."""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

TICK = 0.00025
"""Seconds of a tick, in which the times between packets are counted."""

BASE_TICKS = 256
"""Ticks of the unit of the base time: 64 ms."""

MAX_STATUSES = 2048
"""Packets of one message that are read: those of two seconds at 10 Mbit/s."""

_NONE, _SMALL, _LARGE = 0, 1, 2
_RUN_MOST = 0x1FFF
_VECTOR = 7
"""Statuses of a vector with two bits each."""


@dataclass(frozen=True)
class TransportFeedback:
    """The arrivals of consecutive packets."""

    sender_ssrc: int
    ssrc: int
    base: int
    """The transport-wide number of the first packet, 16 bits."""

    count: int
    """The number of the message, 8 bits."""

    base_time: int
    """In 64 ms, 24 bits: the time that the first arrival is counted from."""

    arrivals: Sequence[int | None]
    """Ticks since the base time at which each packet came; None: it did not."""

    @classmethod
    def read(cls, sender_ssrc: int, ssrc: int, info: bytes) -> Self:
        """Read what follows the SSRCs. Raises struct.error or ValueError where it is malformed."""
        base, size, time_and_count = struct.unpack_from("!HHI", info)
        if size > MAX_STATUSES:
            raise ValueError("more statuses than any message has")
        statuses: list[int] = []
        place = 8
        while len(statuses) < size:
            (chunk,) = struct.unpack_from("!H", info, place)
            statuses += _statuses(chunk, size - len(statuses))
            place += 2
        arrivals: list[int | None] = []
        ticks = 0
        for status in statuses:
            if status == _NONE:
                arrivals.append(None)
                continue
            form = "!B" if status == _SMALL else "!h"
            ticks += struct.unpack_from(form, info, place)[0]
            place += struct.calcsize(form)
            arrivals.append(ticks)
        return cls(
            sender_ssrc, ssrc, base, time_and_count & 0xFF, time_and_count >> 8, tuple(arrivals)
        )

    def written(self) -> bytes:
        """Return what follows the SSRCs, without padding."""
        statuses, deltas, last = [], [], 0
        for ticks in self.arrivals:
            if ticks is None:
                statuses.append(_NONE)
                continue
            delta, last = ticks - last, ticks
            small = 0 <= delta < 256
            statuses.append(_SMALL if small else _LARGE)
            deltas.append(struct.pack("!B" if small else "!h", delta))
        head = struct.pack(
            "!HHI",
            self.base & 0xFFFF,
            len(self.arrivals),
            (self.base_time & 0xFFFFFF) << 8 | self.count & 0xFF,
        )
        return head + b"".join(_chunks(statuses)) + b"".join(deltas)


def _statuses(chunk: int, most: int) -> list[int]:
    """Return what a chunk tells, of which `most` are wanted."""
    if not chunk & 0x8000:
        return [chunk >> 13 & 3] * min(chunk & _RUN_MOST, most)
    if chunk & 0x4000:
        return [chunk >> 12 - 2 * place & 3 for place in range(_VECTOR)][:most]
    return [chunk >> 13 - place & 1 for place in range(2 * _VECTOR)][:most]


def _chunks(statuses: Sequence[int]) -> Iterator[bytes]:
    place = 0
    while place < len(statuses):
        status, end = statuses[place], place
        while end < len(statuses) and statuses[end] == status and end - place < _RUN_MOST:
            end += 1
        if end - place >= _VECTOR or end == len(statuses):
            yield struct.pack("!H", status << 13 | end - place)
            place = end
            continue
        vector = statuses[place : place + _VECTOR]
        chunk = 0xC000
        for number, each in enumerate(vector):
            chunk |= each << 12 - 2 * number
        yield struct.pack("!H", chunk)
        place += _VECTOR
