"""How a view lies on a grid of characters. PURE."""

from dataclasses import dataclass
from textwrap import wrap

from homecall_appliance.display import qr
from homecall_appliance.display.page import page, too_small
from homecall_appliance.display.view import View
from homecall_appliance.display.words import Language

HALVES = "▀▄"
"""The characters without which a code takes four times the room."""

_GAP = "  "
_NARROWEST_TEXT = 24
_HALF_BLOCKS = {
    (False, False): " ",
    (True, False): "▀",
    (False, True): "▄",
    (True, True): "█",
}


@dataclass(frozen=True)
class Line:
    """One row of characters."""

    code: str = ""
    """A part of the code, to be written in black on white."""

    text: str = ""
    """Text to the right of it."""


def half_blocks(matrix: qr.Matrix) -> tuple[str, ...]:
    """The code in characters that hold two modules each, one above the other; ink is dark."""
    rows = [*matrix, (False,) * len(matrix[0])]
    return tuple(
        "".join(_HALF_BLOCKS[pair] for pair in zip(upper, lower, strict=True))
        for upper, lower in zip(rows[::2], rows[1::2], strict=False)
    )


def whole_blocks(matrix: qr.Matrix) -> tuple[str, ...]:
    """The code in two characters for each module, side by side; ink is dark."""
    return tuple("".join("██" if module else "  " for module in row) for row in matrix)


def lay_out(
    view: View, language: Language, columns: int, rows: int | None, *, halves: bool = True
) -> tuple[Line, ...]:
    """The lines for a grid of this size; `rows` is None where there is no end to them, and
    `halves` tells whether its font has HALVES.

    The link stands on a line of its own, as terminals make it clickable there. The code comes
    last, so that it stays longest when something is written below it. The words are above it, or
    beside it where it would not fit otherwise, as in 80x24. A footnote takes only what they leave.
    """
    shown = page(view, language)
    words = (shown.title, *shown.status, shown.advice, *shown.notes)
    if not shown.code:
        return _wrapped(words, columns)
    link = Line(text=shown.code)
    matrix = qr.matrix(shown.code)
    code = half_blocks(matrix) if halves else whole_blocks(matrix)
    width = len(code[0])
    room = None if rows is None else rows - _height(link, columns)
    note = " ".join(shown.footnote)

    for texts in ((*words, note), words):
        above = (*_wrapped(texts, columns), link, *map(Line, code))
        if width <= columns and (room is None or len(above) - 1 < room):
            return above
    column = columns - width - len(_GAP)
    if column >= _NARROWEST_TEXT and room is not None and len(code) <= room:
        beside = [_GAP + line.text for line in _wrapped(words, column)]
        footnote = [_GAP + line.text for line in _wrapped((note,), column)]
        spare = len(code) - len(beside)
        if len(footnote) > spare:
            footnote = []
        beside += [""] * (spare - len(footnote)) + footnote
        return (link, *map(Line, code, beside))
    return (*_wrapped((*words, too_small(language)), columns), link)


def _wrapped(words: tuple[str, ...], columns: int) -> tuple[Line, ...]:
    return tuple(Line(text=part) for each in words for part in wrap(each, max(columns, 1)))


def _height(line: Line, columns: int) -> int:
    """How many rows the terminal makes of a long line."""
    return -(-len(line.text) // max(columns, 1))
