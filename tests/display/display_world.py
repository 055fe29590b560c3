"""Links, a small terminal that is drawn as a picture, and the decoders that look at it."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import zxingcpp
from PIL import Image

SESSION = "8f14e45f-ceea-467f-a0e6-1a2b3c4d5e6f"
SHORT, USUAL, IPV6, LONG = (
    f"https://{authority}/?session={SESSION}"
    for authority in (
        "10.0.0.5",
        "192.168.178.123:8443",
        "[2001:db8:1234:5678:9abc:def0:1234:5678]:8443",
        ".".join(["a" * 60] * 4) + ":65535",
    )
)
"""Links as the appliance makes them, from the shortest to the longest."""

CELL = 8
"""Pixels of a module: a character is one wide and two high."""

_PARTS = re.compile(r"\x1b\[([\d;]*)([A-Za-z])|(\n)|([^\x1b\n])")
_PALETTE = {"16": 0, "231": 255}
_INK = {" ": (False, False), "▀": (True, False), "▄": (False, True), "█": (True, True)}


@dataclass(frozen=True)
class Cell:
    character: str
    ink: int
    paper: int


class Terminal:
    """Interprets the escape sequences that the display uses (ECMA-48: SGR, CUP, ED); any other
    is an error. A `\\n` begins a new line, and scrolls at the end."""

    def __init__(self, columns: int, rows: int, *, dark: bool) -> None:
        self.columns, self.rows = columns, rows
        self.theme = (255, 0) if dark else (0, 255)
        self.colours = self.theme
        self.cells: dict[tuple[int, int], Cell] = {}
        self.row = self.column = 0
        self.scrolled: list[str] = []

    def feed(self, text: str) -> None:
        assert "".join(match[0] for match in _PARTS.finditer(text)) == text
        for match in _PARTS.finditer(text):
            parameters, final, newline, character = match.groups()
            if final:
                self._control(parameters, final)
            elif newline:
                self._new_line()
            else:
                self._put(character)

    def _control(self, parameters: str, final: str) -> None:
        match final, parameters.split(";"):
            case "H", [""]:
                self.row = self.column = 0
            case "J", ["2"]:
                self.cells.clear()
            case "m", [""]:
                self.colours = self.theme
            case "m", ["38", "5", ink, "48", "5", paper]:
                self.colours = (_PALETTE[ink], _PALETTE[paper])
            case _:
                raise AssertionError((parameters, final))

    def _put(self, character: str) -> None:
        if self.column == self.columns:
            self._new_line()
        self.cells[self.row, self.column] = Cell(character, *self.colours)
        self.column += 1

    def _new_line(self) -> None:
        self.row, self.column = self.row + 1, 0
        if self.row == self.rows:
            self.scrolled.append(self.line(0))
            moved = {(row - 1, column): cell for (row, column), cell in self.cells.items() if row}
            self.row, self.cells = self.rows - 1, moved

    def line(self, row: int) -> str:
        blank = Cell(" ", *self.theme)
        cells = (self.cells.get((row, column), blank) for column in range(self.columns))
        return "".join(cell.character for cell in cells).rstrip()

    def text(self) -> list[str]:
        return [self.line(row) for row in range(self.rows)]

    def picture(self) -> Image.Image:
        image = Image.new("L", (self.columns, 2 * self.rows), self.theme[1])
        for (row, column), cell in self.cells.items():
            # A letter is drawn as a chequered cell: ink that is no part of a code.
            upper, lower = _INK.get(cell.character, (True, False))
            image.putpixel((column, 2 * row), cell.ink if upper else cell.paper)
            image.putpixel((column, 2 * row + 1), cell.ink if lower else cell.paper)
        return image.resize((image.width * CELL, image.height * CELL), Image.Resampling.NEAREST)


def decoded(image: Image.Image) -> list[str]:
    """What ZXing finds in the picture, without looking for inverted codes."""
    found = zxingcpp.read_barcodes(image, try_invert=False, try_rotate=False)
    return [each.text for each in found]


def decoded_by_zbar(image: Image.Image, folder: Path) -> list[str]:
    """What ZBar finds, the reader of many phones."""
    path = folder / "picture.png"
    image.save(path)
    command = ["zbarimg", "--quiet", "--raw", "--nodbus", str(path)]
    done = subprocess.run(command, capture_output=True, check=False, text=True)
    assert done.returncode in {0, 4}, done.stderr  # zbarimg(1): 4 where it finds nothing
    return done.stdout.splitlines()
