"""Where the parts of a page lie on a picture, and how large they are."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil

from PIL import Image, ImageDraw

from homecall_appliance.display import qr
from homecall_appliance.display.arrangement import Room, arrange
from homecall_appliance.display.lettering import (
    GAP,
    LINE,
    SMALLEST_TEXT,
    Row,
    load_font,
    overhang,
    text_width,
)
from homecall_appliance.display.ornaments import draw_bar, draw_live_sign, mark, round_box
from homecall_appliance.display.page import Page, Ticker
from homecall_appliance.display.pixels import Box
from homecall_appliance.display.theme import Theme
from homecall_appliance.display.thumbnail import drawn
from homecall_appliance.display.view import Thumbnail

_CLOCK = 1.8, 1.2
"""Of the largest text: the time of day, and where that is too wide."""

_TEXTS, _LARGE_TEXTS, _SMALL_TEXTS, _READABLE_TEXTS, _MARGINS = 14, 10, 28, 30, 30
"""How many of the largest text beside a code, of that on a page without one, of the notes', of the
smallest text for which a sentence is left out first, and of the margins, are as large as the
shorter side."""

_MOST_SHARE, _MOST_SHARE_OF_SMALL = 0.62, 0.8
"""Of the longer side, for the code: on a small screen its modules count most, but for one with
buttons, whose words would have no room."""

_SMALL = 300
"""Pixels of the shorter side, below which a screen is small."""

_ROUND = 3.4
"""By how much the corners of the tile are rounder than its edge is broad: 1 / (1 - √½), with which
the quiet zone of the code stays whole."""

_SMALLEST_NOTE = 10
"""Pixels: what is compared digit by digit must be clearer than words."""

_MOST_NOTE = 0.2
"""Of the room beside the code, for notes, and for the time of day."""

_MOST_PICTURE, _SMALLEST_PICTURE = 0.36, 64
"""Of the room beside the code, for the picture of a visitor who was missed; and the pixels of that
share's shorter side, below which nobody is to be known in it."""

_CRISP = 160
"""Pixels of the shorter side, below which letters have two shades: they are clearer so."""


@dataclass(frozen=True)
class TickerPlace:
    """Where on a picture there is what changes each second."""

    box: Box
    size: int
    """Of its font, in pixels."""
    centred: bool

    def moved(self, by: tuple[int, int]) -> "TickerPlace":
        """Return the place on a picture that was moved."""
        left, top, right, bottom = self.box
        x, y = by
        return replace(self, box=(left + x, top + y, right + x, bottom + y))


class Sheet:
    """A picture and what is drawn on it."""

    def __init__(self, canvas: Image.Image, theme: Theme) -> None:
        self.ticker_place: TickerPlace | None = None
        """Set by `draw` where the page has a ticker, and there is room for it."""

        self.free = min(canvas.size) // _MARGINS
        """By how many pixels what is drawn may be moved in each direction; set by `draw`."""

        self._canvas = canvas
        self._theme = theme
        self._draw = draw_on(canvas)

    def draw(self, page: Page, too_small: str = "") -> None:
        """Draw everything but the ticker; `too_small` is the advice where the code has no room."""
        width, height = self._canvas.size
        margin = min(width, height) // _MARGINS
        room = (margin, margin, width - margin, height - margin)
        centred = not self._theme.plain
        texts = _TEXTS if page.code else _LARGE_TEXTS
        if page.code:
            small = min(width, height) < _SMALL and not page.faces
            share = _MOST_SHARE_OF_SMALL if small else _MOST_SHARE
            placed = self._place(page.code, margin, share)
            if placed is None:
                page = replace(page, advice=too_small, code="")
            else:
                room, beside = placed
                centred = centred and not beside
                room = self._note(room, page.footnote, centred=centred)
        room = self._clock(room, page.clock, centred=centred)
        room = self._picture(room, page.picture, centred=centred)
        largest = max(SMALLEST_TEXT, min(self._canvas.size) // texts)
        self.write(room, page, largest, centred=centred)

    def write(self, room: Box, page: Page, largest: int, *, centred: bool) -> None:
        """Write as much as there is room for, as large as it can be, half-way down the room."""
        left, top, right, bottom = room
        readable = max(SMALLEST_TEXT, min(self._canvas.size) // _READABLE_TEXTS)
        size = Room(
            right - left, bottom - top, largest, readable, centred, marked=page.picture is None
        )
        found = arrange(page, self._theme, size)
        top += (bottom - top - found.height) // 2
        if found.mark:
            spare = (right - left - found.mark) // 2 if centred else 0
            image = mark(found.mark, self._theme.title)
            self._canvas.paste(image, (left + spare, top), image)
            top += found.mark + found.size
        for row in found.rows:
            self._write_row(row, (left, top + row.gap, right, top + row.height), page, centred)
            top += row.height

    def _place(self, text: str, margin: int, share: float) -> tuple[Box, bool] | None:
        """Draw the code on its tile at the left or at the top, where it can be larger, with a share
        of the longer side at most; return what is left of the room, and whether that is beside it,
        or None where there is no room."""
        width, height = self._canvas.size
        close = margin // 2
        wide, high = width - 2 * close, height - 2 * close
        modules = len(qr.matrix(text))
        beside = min(high, round(wide * share)) // modules
        above = min(wide, round(high * share)) // modules
        scale = max(beside, above)
        if scale == 0:
            return None
        is_beside = beside > above or (beside == above and width > height)
        size = scale * modules
        gap = (min(width, height) - size) // 2
        near = max(close, min(gap, margin if min(width, height) < _SMALL else 2 * margin))
        edge = 0 if self._theme.plain else _edge(min(gap, near), margin, scale)
        at = (near, (height - size) // 2) if is_beside else ((width - size) // 2, near)
        tile = (at[0] - edge, at[1] - edge, at[0] + size + edge, at[1] + size + edge)
        self.free = min(self.free, *tile[:2], width - tile[2], height - tile[3])
        if not self._theme.plain:
            round_box(self._canvas, tile, round(_ROUND * edge), self._theme.tile)
        self._canvas.paste(code_image(text, scale, self._theme.tile), at)
        between = 0 if self._theme.plain else margin
        if is_beside:
            return (tile[2] + between, margin, width - margin, height - margin), True
        return (margin, tile[3] + between, width - margin, height - margin), False

    def _note(self, room: Box, lines: Sequence[str], *, centred: bool) -> Box:
        """Write small lines at the bottom of the room, unbroken, where they can be read and take
        little of it; return what is left."""
        left, top, right, bottom = room
        size = min(self._canvas.size) // _SMALL_TEXTS
        if not lines or size < _SMALLEST_NOTE:
            return room
        font, height = load_font(size), ceil(size * LINE)
        begin = bottom - len(lines) * height
        wide = any(text_width(font, line) > right - left for line in lines)
        if wide or bottom - begin > _MOST_NOTE * (bottom - top):
            return room
        for number, line in enumerate(lines):
            spare = (right - left - text_width(font, line)) // 2 if centred else 0
            place = left + spare + overhang(font, line), begin + number * height
            self._draw.text(place, line, self._theme.soft, font)
        return left, top, right, begin - round(size * GAP)

    def _clock(self, room: Box, time: str, *, centred: bool) -> Box:
        """Write the time of day at the top of the room, where it takes little of it; return what
        is left."""
        left, top, right, bottom = room
        for share in _CLOCK:
            size = max(SMALLEST_TEXT, round(min(self._canvas.size) // _TEXTS * share))
            font, height = load_font(size), ceil(size * LINE)
            spare = right - left - text_width(font, time)
            if time and spare >= 0 and height <= _MOST_NOTE * (bottom - top):
                place = left + spare // 2 * centred + overhang(font, time), top
                self._draw.text(place, time, self._theme.text, font)
                return left, top + height, right, bottom
        return room

    def _picture(self, room: Box, picture: Thumbnail | None, *, centred: bool) -> Box:
        """Draw a picture at the top of the room, where it can be seen there and leaves room for
        words; return what is left."""
        left, top, right, bottom = room
        high = round(_MOST_PICTURE * (bottom - top))
        if picture is None or min(high, right - left) < _SMALLEST_PICTURE:
            return room
        image = drawn(picture, (right - left, high))
        self._canvas.paste(image, (left + (right - left - image.width) // 2 * centred, top))
        return left, top + image.height + min(self._canvas.size) // _MARGINS, right, bottom

    def _write_row(self, row: Row, box: Box, page: Page, centred: bool) -> None:
        left, top, right, bottom = box
        if row.paragraph.ticks:
            self.ticker_place = TickerPlace(box, row.size, centred)
            return
        if centred:
            left += max(0, right - left - row.width) // 2
        if row.live:
            draw_live_sign(self._canvas, (left, top), bottom - top, self._theme, page.in_call)
        place = left + row.indent + overhang(row.font, row.text), top
        self._draw.text(place, row.text, row.paragraph.colour, row.font)


def draw_ticker(canvas: Image.Image, theme: Theme, place: TickerPlace, ticker: Ticker) -> None:
    """Draw what changes each second over what was there."""
    left, top, right, bottom = place.box
    draw = draw_on(canvas)
    draw.rectangle((left, top, right - 1, bottom - 1), theme.ground)
    font = load_font(place.size)
    width = text_width(font, ticker.text)
    if ticker.share is None:
        spare = (right - left - width) // 2 if place.centred else 0
        draw.text((left + spare, top), ticker.text, theme.text, font)
        return
    draw.text((right - width, top), ticker.text, theme.text, font)
    thick, middle = max(3, place.size // 2), (top + bottom) // 2
    end = right - width - place.size // 2
    if end - left > thick:
        draw_bar(
            canvas,
            (left, middle - thick // 2, end, middle - thick // 2 + thick),
            ticker.share,
            theme,
        )


def code_image(text: str, scale: int, light: tuple[int, int, int]) -> Image.Image:
    """Return the code alone as RGB in black on `light`, quiet zone included, `scale` pixels a
    module."""
    matrix = qr.matrix(text)
    code = Image.new("L", (len(matrix), len(matrix)))
    code.putdata([0 if module else 255 for row in matrix for module in row])
    large = code.resize((len(matrix) * scale,) * 2, Image.Resampling.NEAREST)
    picture = Image.new("RGB", large.size)
    picture.paste(light, (0, 0, *large.size), large)
    return picture


def draw_on(canvas: Image.Image) -> ImageDraw.ImageDraw:
    """Return what draws on a picture."""
    draw = ImageDraw.Draw(canvas)
    draw.fontmode = "1" if min(canvas.size) < _CRISP else "L"
    return draw


def _edge(gap: int, margin: int, module: int) -> int:
    """Pixels that the tile is larger than the code on each side: some of the gap to the screen's
    edge, so that its corners can be round."""
    return max(0, min(module, max(gap - margin, gap // 3)))
