"""Fonts, and paragraphs broken into rows."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import ceil

from PIL import ImageFont

from homecall_appliance.display.theme import Colour

FONT, BOLD_FONT = "DejaVuSans.ttf", "DejaVuSans-Bold.ttf"
"""Looked for in the system's folders of fonts (Debian: fonts-dejavu-core)."""

SMALLEST_TEXT = 8
"""Pixels: a smaller font cannot be read on any screen."""

LINE, GAP = 1.25, 0.5
"""Shares of the text's size: its lines, and the gaps between paragraphs."""

SIGN_WIDTH = 2.6
"""Of a row with the sign of what is live: the share of the text's size that the sign takes."""

_MOST_LINES = 2
"""Of a title beside the sign of what is live: one in narrow lines is larger than it is clear."""

_DASH = "\N{NO-BREAK SPACE}\N{EM DASH}"
"""No line begins with a dash."""

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


@dataclass(frozen=True)
class Paragraph:
    """Words in one size and colour."""

    text: str

    scale: float
    """Of the text's size."""

    colour: Colour

    bold: bool = False

    live: bool = False
    """Whether the sign of what is live is before it."""

    breakable: bool = False
    """Whether a word may be broken where it is too long for a row."""

    ticks: bool = False
    """Whether the row is left empty, for what changes each second."""


@dataclass(frozen=True)
class Row:
    """A row of a paragraph."""

    text: str
    font: Font
    paragraph: Paragraph
    size: int
    """Of the font."""
    gap: int
    """Pixels above it."""
    height: int
    """With the gap."""
    indent: int
    live: bool

    @property
    def width(self) -> int:
        """Pixels, with the indent."""
        return self.indent + text_width(self.font, self.text)


def rows_of(
    paragraphs: Sequence[Paragraph],
    size: int,
    width: int,
    *,
    centred: bool = False,
    balanced: bool = False,
) -> list[Row]:
    """Break paragraphs into rows; empty where a word is too long for one, and may not be broken.

    `balanced` makes the rows of a paragraph about as long as each other, and no more of them.
    """
    lines_of = _balanced if balanced else _lines
    rows: list[Row] = []
    for paragraph in paragraphs:
        pixels = round(size * paragraph.scale)
        font = load_font(pixels, bold=paragraph.bold)
        indent = round(SIGN_WIDTH * pixels) if paragraph.live else 0
        lines = lines_of(paragraph, font, width - indent)
        if not lines or (paragraph.live and len(lines) > _MOST_LINES):
            return []
        height = ceil(size * paragraph.scale * LINE)
        for number, text in enumerate(lines):
            gap = round(size * GAP) if rows and not number else 0
            live = paragraph.live and not number
            begin = 0 if number and centred else indent
            rows.append(Row(text, font, paragraph, pixels, gap, height + gap, begin, live))
    return rows


def overhang(font: Font, text: str) -> int:
    """By how much the first letter reaches to the left of its place, as a T does, with letters of
    two shades or of many."""
    return max(0, *(ceil(-font.getbbox(text, mode)[0]) for mode in ("L", "1")))


@lru_cache(maxsize=2048)
def text_width(font: Font, text: str) -> int:
    """Return the pixels that a line takes. The same words are tried in many arrangements."""
    return ceil(font.getbbox(text)[2]) + overhang(font, text)


@lru_cache(maxsize=64)
def load_font(size: int, *, bold: bool = False) -> Font:
    """Return the font, or Pillow's own, which has no Cyrillic."""
    for name in (BOLD_FONT, FONT) if bold else (FONT,):
        try:
            return ImageFont.truetype(name, size)
        except OSError:
            continue
    return ImageFont.load_default(size)


@lru_cache(maxsize=1)
def has_font() -> bool:
    """Whether the system has the font."""
    try:
        ImageFont.truetype(FONT, SMALLEST_TEXT)
    except OSError:
        return False
    return True


def _balanced(paragraph: Paragraph, font: Font, width: int) -> list[str]:
    """Break a paragraph into as few lines as it takes, of about the same length."""
    lines = _lines(paragraph, font, width)
    if len(lines) < 2 or paragraph.breakable:
        return lines
    widths = range(width // 2, width)

    def fits(narrower: int) -> bool:
        return 0 < len(_lines(paragraph, font, narrower)) <= len(lines)

    narrowest = bisect_left(widths, True, key=fits)
    return _lines(paragraph, font, widths[narrowest]) if narrowest < len(widths) else lines


def _lines(paragraph: Paragraph, font: Font, width: int) -> list[str]:
    """Break a paragraph into lines; empty where a word is too long for one."""
    lines = [""]
    for word in paragraph.text.replace(" \N{EM DASH}", _DASH).split(" "):
        longer = f"{lines[-1]} {word}".strip()
        if text_width(font, longer) <= width:
            lines[-1] = longer
            continue
        parts = _broken(word, font, width) if paragraph.breakable else [word]
        if any(text_width(font, part) > width for part in parts):
            return []
        lines += parts
    return [line for line in lines if line]


def _broken(word: str, font: Font, width: int) -> list[str]:
    """Break a word, an address after a dot or before a colon."""
    parts = []
    while text_width(font, word) > width and len(word) > 1:
        lengths = range(2, len(word))
        most = 1 + bisect_right(lengths, width, key=lambda length: text_width(font, word[:length]))
        cut = max(word.rfind(".", 0, most) + 1, word.rfind(":", 1, most + 1))
        cut = cut if cut > 0 else most
        parts.append(word[:cut])
        word = word[cut:]
    return [*parts, word]
