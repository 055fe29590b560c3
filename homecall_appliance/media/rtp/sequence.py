"""Numbers that begin anew after their last one (RFC 3550, section 5.1)."""


class Unwrapper:
    """Continues a number of some bits beyond its last one."""

    def __init__(self, bits: int) -> None:
        self._size = 1 << bits
        self._last: int | None = None

    def unwrap(self, number: int) -> int:
        """Return the number that ends in these bits and is next to the last one; the first is
        itself. It may be below 0 where the first ones come out of order."""
        if self._last is None:
            self._last = number
        self._last += signed_difference(number, self._last, self._size)
        return self._last


def signed_difference(later: int, earlier: int, size: int = 1 << 16) -> int:
    """Return by how much a number is ahead of another, in [-size/2, size/2)."""
    return (later - earlier + size // 2) % size - size // 2
