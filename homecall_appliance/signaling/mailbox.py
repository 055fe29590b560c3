"""What waits for an absent participant, and what a new offer makes stale (protocol.md, section 4).

PURE.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from homecall_appliance.signaling.messages import Candidate, Code, Offer, Refused, Relayed

Letter: TypeAlias = tuple[Relayed, int]
"""A message and the bytes that it took on the wire."""


class Room(Protocol):
    """The bounds of a mailbox."""

    @property
    def queue_messages(self) -> int:
        """How many letters."""
        ...

    @property
    def queue_bytes(self) -> int:
        """Bytes, of all letters together."""
        ...


@dataclass
class Mailbox:
    """What waits for a participant, first in, first out."""

    letters: deque[Letter] = field(default_factory=deque)
    size: int = 0

    def put(self, letter: Letter, room: Room) -> list[Letter]:
        """Add a letter; return those that it makes stale. Raises Refused with QUEUE_FULL."""
        letters = [*self.letters, letter]
        fresh = _fresh(letters)
        if not _fits(fresh, room):
            raise Refused(Code.QUEUE_FULL)
        return self._keep(fresh, letters)

    def put_back(self, letters: Iterable[Letter], room: Room) -> list[Letter]:
        """Add letters before the others; return those that are stale, or have no room."""
        letters = [*letters, *self.letters]
        kept = _fresh(letters)
        while not _fits(kept, room):
            kept.pop()
        return self._keep(kept, letters)

    def take(self, label: str | None) -> list[Letter]:
        """Take everything out, less what a participant with this label has written itself."""
        letters = [each for each in self.letters if label is None or each[0].label != label]
        self._keep([], [])
        return letters

    def _keep(self, kept: list[Letter], of: list[Letter]) -> list[Letter]:
        self.letters = deque(kept)
        self.size = _size(kept)
        remaining = set(map(id, kept))
        return [letter for letter in of if id(letter) not in remaining]


def _size(letters: Iterable[Letter]) -> int:
    return sum(size for _, size in letters)


def _fits(letters: list[Letter], room: Room) -> bool:
    return len(letters) <= room.queue_messages and _size(letters) <= room.queue_bytes


def _negotiates(letter: Letter) -> bool:
    return isinstance(letter[0], Offer | Candidate)


def _fresh(letters: list[Letter]) -> list[Letter]:
    """Leave out what belongs to a negotiation that a later offer replaces (section 4)."""
    offers = [index for index, (message, _) in enumerate(letters) if isinstance(message, Offer)]
    newest = max(offers, default=0)
    return [each for index, each in enumerate(letters) if index >= newest or not _negotiates(each)]
