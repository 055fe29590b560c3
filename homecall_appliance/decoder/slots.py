"""Whose the slots of a process's memory are. PURE."""


class Slots:
    """Each is the process's, to paint into; or holds the newest picture; or is being shown; or is
    free, and the process has not been told yet."""

    def __init__(self, count: int) -> None:
        self._own = set(range(count))
        self._newest: int | None = None
        self._free: list[int] = []

    def painted(self, slot: int) -> None:
        """Take a slot that was painted. Raises ValueError where it was not the process's."""
        if slot not in self._own:
            raise ValueError("A slot was painted over.")
        self._own.discard(slot)
        if self._newest is not None:
            self._free.append(self._newest)
        self._newest = slot

    def take(self) -> int | None:
        """Take the newest picture to be shown; None: it has been, or there is none."""
        slot, self._newest = self._newest, None
        return slot

    def give_back(self, slot: int) -> None:
        """It has been shown."""
        self._free.append(slot)

    def due(self, *, awake: bool) -> list[int]:
        """Return the slots that the process is told now that it may paint into. One that has
        another slot, and is not `awake` for something else, is not woken for that."""
        if self._own and not awake:
            return []
        due, self._free = self._free, []
        self._own.update(due)
        return due
