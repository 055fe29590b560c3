"""Which packets of a picture's source are asked for again (RFC 4585, section 6.2.1)."""

from homecall_appliance.media.rtp.sequence import signed_difference

MAX_MISSING = 256
"""Packets that are asked for at a time. Where more are missing a key frame is cheaper, and the
frame assembler asks for it."""

MAX_TRIES = 10
"""Requests for one packet."""

MAX_AGE = 0.5
"""Seconds after which a packet is of no use any more: the picture has gone on without it."""

SHORTEST_PAUSE = 0.020
"""Seconds between two requests for one packet, or a round trip where that is longer."""


class _Missing:
    __slots__ = ("asked", "since", "tries")

    def __init__(self, since: float) -> None:
        self.since = since
        self.asked = float("-inf")
        self.tries = 0


class NackGenerator:
    """Looks for gaps in the sequence numbers of one source."""

    def __init__(self) -> None:
        self._highest: int | None = None
        self._missing: dict[int, _Missing] = {}

    def received(self, number: int, now: float) -> None:
        """Take note of a packet; `number` is its sequence number, and it may be one sent again."""
        if self._highest is None:
            self._highest = number
            return
        ahead = signed_difference(number, self._highest)
        if ahead <= 0:
            self._missing.pop(number, None)
            return
        if ahead > MAX_MISSING:
            self._missing.clear()
        else:
            for each in range(self._highest + 1, self._highest + ahead):
                self._missing[each & 0xFFFF] = _Missing(now)
        self._highest = number
        while len(self._missing) > MAX_MISSING:
            del self._missing[next(iter(self._missing))]

    def due(self, now: float, round_trip: float | None) -> list[int]:
        """Return the packets to be asked for now, in the order in which they were sent."""
        pause = max(SHORTEST_PAUSE, round_trip or 0.0)
        due = []
        for number, missing in [*self._missing.items()]:
            if now - missing.since > MAX_AGE or missing.tries >= MAX_TRIES:
                del self._missing[number]
            elif now - missing.asked >= pause:
                missing.asked = now
                missing.tries += 1
                due.append(number)
        return due

    @property
    def waits(self) -> bool:
        """Whether any packet is missing."""
        return bool(self._missing)
