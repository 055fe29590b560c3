"""Draws a page at any size. PURE: the same page gives the same picture."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from math import ceil

from PIL import Image, ImageDraw, ImageFont

from homecall_appliance.display import qr
from homecall_appliance.display.view import Language, Page, View, page, too_small

FONT = "DejaVuSans.ttf"
"""Looked for in the system's folders of fonts (Debian: fonts-dejavu-core)."""

PAPER, INK, RED = (255, 255, 255), (16, 24, 27), (130, 10, 16)
"""Each is as clear on PAPER as 7:1 (WCAG 2.2, 1.4.6), also where the screen is dimmed."""

DIMMED = 0.72
"""By what a dimmed screen is multiplied."""

SMALLEST_TEXT = 8
"""Pixels: a smaller font cannot be read on any screen."""

_TITLE, _LINE, _GAP = 1.5, 1.25, 0.5
"""Shares of the text's size: its title, its lines, and the gaps between sentences."""

_TEXTS, _SMALL_TEXTS, _MARGINS = 14, 28, 30
"""How many of the largest text, of the notes', and of the margins, are as large as the shorter
side."""

_SIGN_WIDTH = 1.6
"""Of the sign's height, with the paper around it."""

_MOST_SHARE = 0.62
"""Of the longer side, for the code."""

_SMALLEST_NOTE = 10
"""Pixels: what is compared digit by digit must be clearer than words."""

_MOST_NOTE = 0.2
"""Of the room beside the code, for notes."""

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
Box = tuple[int, int, int, int]
"""Left, top, right, bottom, in pixels."""


@dataclass(frozen=True)
class Look:
    """How a screen shows pages."""

    size: tuple[int, int]
    """Pixels, as the panel has them: width and height."""

    rotation: int = 0
    """Degrees clockwise by which pages are turned on the panel: 0, 90, 180 or 270."""

    language: Language = "ru"


def render(view: View, look: Look, *, shift: int = 0, dimmed: bool = False) -> Image.Image:
    """Return the view as RGB, as large as the panel.

    `shift` moves it by so many pixels, of which no more count than there is margin. In English
    where the system does not have the font.
    """
    width, height = look.size if look.rotation % 180 == 0 else look.size[::-1]
    canvas = Image.new("RGB", (width, height), PAPER)
    language = look.language if _has_font() else "en"
    _Sheet(canvas).draw(page(view, language), too_small(language))
    if shift:
        canvas = _shifted(canvas, shift)
    if dimmed:
        canvas = canvas.point(lambda value: round(value * DIMMED))
    return canvas.rotate(-look.rotation, expand=True)


def live_sign(height: int) -> Image.Image:
    """Return the sign that camera and microphone are live, as RGB."""
    sign = Image.new("RGB", (round(height * _SIGN_WIDTH), height), PAPER)
    inner = round(height * 0.8)
    _draw_sign(ImageDraw.Draw(sign), (height - inner) // 2, (height - inner) // 2, inner)
    return sign


def code_image(text: str, scale: int) -> Image.Image:
    """Return the code alone in black on white, quiet zone included, `scale` pixels a module."""
    matrix = qr.matrix(text)
    code = Image.new("L", (len(matrix), len(matrix)))
    code.putdata([0 if module else 255 for row in matrix for module in row])
    return code.resize((len(matrix) * scale,) * 2, Image.Resampling.NEAREST)


class _Sheet:
    """A canvas and what is drawn on it."""

    def __init__(self, canvas: Image.Image) -> None:
        self._canvas = canvas
        self._draw = ImageDraw.Draw(canvas)
        # Letters of one bit are clearer where there are few pixels.
        self._draw.fontmode = "1" if min(canvas.size) < 160 else "L"

    def draw(self, page: Page, too_small: str) -> None:
        """Draw everything."""
        width, height = self._canvas.size
        margin = min(width, height) // _MARGINS
        room = (margin, margin, width - margin, height - margin)
        if page.code:
            placed = self._place(page.code, room)
            if placed is None:
                page = replace(page, advice=too_small)
            else:
                room = self._note(placed, page.footnote)
        self._write(room, page)

    def _place(self, text: str, room: Box) -> Box | None:
        """Draw the code at the left or at the top, where it can be larger; return what is left of
        the room, or None where the code has none."""
        left, top, right, bottom = room
        width, height = right - left, bottom - top
        modules = len(qr.matrix(text))
        beside = min(height, round(width * _MOST_SHARE)) // modules
        above = min(width, round(height * _MOST_SHARE)) // modules
        scale = max(beside, above)
        if scale == 0:
            return None
        code = code_image(text, scale)
        if scale == beside:
            self._canvas.paste(code, (left, top + (height - code.height) // 2))
            return left + code.width, top, right, bottom
        self._canvas.paste(code, (left + (width - code.width) // 2, top))
        return left, top + code.height, right, bottom

    def _note(self, room: Box, lines: Sequence[str]) -> Box:
        """Write small lines at the bottom of the room, unbroken, where they can be read and take
        little of it; return what is left."""
        left, top, right, bottom = room
        size = min(self._canvas.size) // _SMALL_TEXTS
        if not lines or size < _SMALLEST_NOTE:
            return room
        font, height = load_font(size), ceil(size * _LINE)
        begin = bottom - len(lines) * height
        wide = any(_width(font, line) > right - left for line in lines)
        if wide or bottom - begin > _MOST_NOTE * (bottom - top):
            return room
        for number, line in enumerate(lines):
            place = left + _overhang(font, line), begin + number * height
            self._draw.text(place, line, INK, font)
        return left, top, right, begin - round(size * _GAP)

    def _write(self, room: Box, page: Page) -> None:
        """Write as much as there is room for, as large as it can be."""
        width = room[2] - room[0]
        largest = max(SMALLEST_TEXT, min(self._canvas.size) // _TEXTS)
        sizes = range(largest, SMALLEST_TEXT - 1, -max(1, largest // 16))
        for title, *others in _choices(page):
            low = replace(title, scale=1)
            attempts = [(title, size) for size in sizes] + [(low, SMALLEST_TEXT)]
            for first, size in attempts:
                if self._fit(self._rows([first, *others], size, width), room):
                    return
        title = _Paragraph(page.title, 1, INK, breakable=True)
        self._fit(self._rows([title], SMALLEST_TEXT, width), room)

    def _fit(self, rows: "Sequence[_Row]", room: Box) -> bool:
        """Write the rows where they fit into the room; return whether they do."""
        left, top, _, bottom = room
        left_over = bottom - top - sum(row.height for row in rows)
        if not rows or left_over < 0:
            return False
        top += left_over // 2
        for row in rows:
            if row.live:
                _draw_sign(self._draw, left, top + row.gap, row.height - row.gap)
            place = left + row.indent + _overhang(row.font, row.text), top + row.gap
            self._draw.text(place, row.text, row.colour, row.font)
            top += row.height
        return True

    def _rows(self, paragraphs: Sequence["_Paragraph"], size: int, width: int) -> "list[_Row]":
        """Break paragraphs into rows; empty where a word is too long for one, and may not be
        broken."""
        rows: list[_Row] = []
        for paragraph in paragraphs:
            font = load_font(round(size * paragraph.scale))
            indent = round(2.6 * size * paragraph.scale) if paragraph.live else 0
            lines = _lines(paragraph, font, width - indent)
            if not lines:
                return []
            height = ceil(size * paragraph.scale * _LINE)
            for number, text in enumerate(lines):
                gap = round(size * _GAP) if rows and not number else 0
                live = paragraph.live and not number
                rows.append(_Row(text, font, paragraph.colour, height + gap, gap, indent, live))
        return rows


@dataclass(frozen=True)
class _Paragraph:
    text: str
    scale: float
    colour: tuple[int, int, int]
    live: bool = False
    breakable: bool = False
    """Whether a word may be broken where it is too long for a row."""


@dataclass(frozen=True)
class _Row:
    text: str
    font: Font
    colour: tuple[int, int, int]
    height: int
    """With the gap above it."""
    gap: int
    indent: int
    live: bool


def _choices(page: Page) -> Iterator[list[_Paragraph]]:
    """Yield what of a page can be written, the best first. A long address takes the room of
    a sentence or two: then it is left out, and not the sentence that says what to do."""
    title = _Paragraph(page.title, _TITLE, INK, live=page.live)
    address = [_Paragraph(page.address, 1, INK, breakable=True)] if page.address else []
    sentences = [
        _Paragraph(page.advice, 1, INK),
        *(_Paragraph(note, 1, RED) for note in page.notes),
    ]
    for others in (address, []):
        for count in range(len(sentences), 0, -1):
            yield [title, *others, *sentences[:count]]
    yield [title, *address]


def _lines(paragraph: _Paragraph, font: Font, width: int) -> list[str]:
    """Break a paragraph into lines; empty where a word is too long for one."""
    lines = [""]
    for word in paragraph.text.split():
        longer = f"{lines[-1]} {word}".strip()
        if _width(font, longer) <= width:
            lines[-1] = longer
            continue
        parts = _broken(word, font, width) if paragraph.breakable else [word]
        if any(_width(font, part) > width for part in parts):
            return []
        lines += parts
    return [line for line in lines if line]


def _overhang(font: Font, text: str) -> int:
    """By how much the first letter reaches to the left of its place, as a T does: there may be
    the code's quiet zone."""
    return max(0, ceil(-font.getbbox(text)[0]))


def _width(font: Font, text: str) -> int:
    return ceil(font.getbbox(text)[2]) + _overhang(font, text)


def _broken(word: str, font: Font, width: int) -> list[str]:
    """Break a word, an address after a dot or before a colon."""
    parts = []
    while _width(font, word) > width and len(word) > 1:
        lengths = range(2, len(word))
        most = 1 + bisect_right(lengths, width, key=lambda length: _width(font, word[:length]))
        cut = max(word.rfind(".", 0, most) + 1, word.rfind(":", 1, most + 1))
        cut = cut if cut > 0 else most
        parts.append(word[:cut])
        word = word[cut:]
    return [*parts, word]


def _draw_sign(draw: ImageDraw.ImageDraw, left: int, top: int, height: int) -> None:
    """Draw a camera and a microphone."""
    unit = height / 10

    def at(*places: tuple[float, float]) -> list[tuple[int, int]]:
        return [(round(left + x * unit), round(top + y * unit)) for x, y in places]

    thick = max(1, round(0.8 * unit))
    draw.rounded_rectangle(at((0, 2.5), (7, 8)), unit, RED)
    draw.polygon(at((7, 5), (10, 3), (10, 7.5), (7, 5.5)), RED)
    draw.rounded_rectangle(at((13, 1), (16, 6)), 1.5 * unit, RED)
    draw.arc(at((12, 2), (17, 8)), 0, 180, RED, thick)
    draw.line(at((14.5, 8), (14.5, 9.5)), RED, thick)


@lru_cache(maxsize=64)
def load_font(size: int) -> Font:
    """Return the font, or Pillow's own, which has no Cyrillic."""
    try:
        return ImageFont.truetype(FONT, size)
    except OSError:
        return ImageFont.load_default(size)


def _has_font() -> bool:
    try:
        ImageFont.truetype(FONT, SMALLEST_TEXT)
    except OSError:
        return False
    return True


def _shifted(canvas: Image.Image, shift: int) -> Image.Image:
    width, height = canvas.size
    most = min(width, height) // _MARGINS
    step = (shift + most) % (2 * most + 1) - most
    moved = Image.new("RGB", canvas.size, PAPER)
    moved.paste(canvas, (step, -step))
    return moved
