"""Tables as programs print them."""

from collections.abc import Sequence
from itertools import zip_longest

Row = tuple[str, ...]


def aligned(rows: Sequence[Row]) -> str:
    """The rows of a table below each other; the first cell of each is a name."""
    widths = [max(map(len, column)) for column in zip_longest(*rows, fillvalue="")]
    lines = []
    for name, *values in rows:
        cells = (value.rjust(width) for value, width in zip(values, widths[1:], strict=False))
        lines.append("  ".join([name.ljust(widths[0]), *cells]))
    return "\n".join(lines)
