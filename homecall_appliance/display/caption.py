"""What lies over a visitor's picture: a band at its bottom with who rings, what to press or what is
to be said of the call, and the buttons."""

from dataclasses import dataclass

from PIL import Image

from homecall_appliance.display.lettering import SMALLEST_TEXT, load_font, overhang, text_width
from homecall_appliance.display.ornaments import SIGN_SHAPE, draw_live_sign
from homecall_appliance.display.page import Page, page
from homecall_appliance.display.pixels import Box
from homecall_appliance.display.render import Look, darkened, everywhere
from homecall_appliance.display.sheet import Sheet, draw_on, draw_ticker
from homecall_appliance.display.strip import draw_strip
from homecall_appliance.display.targets import Target
from homecall_appliance.display.theme import Theme
from homecall_appliance.display.view import View

_LINES, _URGENT_BANDS, _BRIEF_BANDS = 14, 3.2, 4.4
"""How many bands are as high as the screen's shorter side: of one line, of who rings, and of who
rings where buttons say what to do."""

_SMALLEST_BAND = 16
"""Pixels."""

_LETTERS, _SIGN, _MARGIN = 0.6, 0.7, 0.1
"""Shares of the band's height."""

_URGENT_TEXTS, _BRIEF_TEXTS = 4, 3
"""How many of the largest text are as high as the band of who rings, with and without advice."""


@dataclass(frozen=True)
class Overlay:
    """A part of the upright screen, and what is there in place of the visitor's picture."""

    box: Box
    picture: Image.Image


class Caption:
    """Draws it for an upright screen, again only when it has changed."""

    def __init__(self, look: Look) -> None:
        self.targets: tuple[Target, ...] = ()
        """What of it may be tapped."""

        self._look = look
        self._key: object = None
        self._overlays: tuple[Overlay, ...] = ()

    def draw(self, view: View, *, dimmed: bool) -> tuple[Overlay, ...]:
        """Return the band, as wide as the room beside the buttons, and these where there are any;
        the same object until something has changed."""
        words = page(view, self._look.letters)
        key = words, dimmed
        if key != self._key:
            overlays = self._drawn(words)
            self._overlays = tuple(
                Overlay(each.box, darkened(each.picture) if dimmed else each.picture)
                for each in overlays
            )
            self._key = key
        return self._overlays

    def _drawn(self, words: Page) -> list[Overlay]:
        size, theme = self._look.size, self._look.theme
        strip = draw_strip(size, words.faces, theme)
        width, height = strip.room if strip else size
        high = min(height, max(_SMALLEST_BAND, round(min(size) / _bands(words))))
        band = Image.new("RGB", (width, high), theme.ground)
        if words.urgent:
            _write_ringing(band, words, theme)
        else:
            _write_line(band, words, theme)
        self.targets = everywhere(words, size)
        overlays = [Overlay((0, height - high, width, height), band)]
        if strip:
            self.targets = (*strip.targets, *self.targets)
            overlays.append(Overlay(strip.box, strip.picture))
        return overlays


def _bands(words: Page) -> float:
    if not words.urgent:
        return _LINES
    return _URGENT_BANDS if words.advice else _BRIEF_BANDS


def _write_ringing(band: Image.Image, words: Page, theme: Theme) -> None:
    """Write who rings, what to press, and how long it rings."""
    margin = round(_MARGIN * band.height)
    room = (2 * margin, margin, band.width - 2 * margin, band.height - margin)
    sheet = Sheet(band, theme)
    texts = _URGENT_TEXTS if words.advice else _BRIEF_TEXTS
    sheet.write(room, words, max(SMALLEST_TEXT, band.height // texts), centred=True)
    if words.ticker and sheet.ticker_place:
        draw_ticker(band, theme, sheet.ticker_place, words.ticker)


def _write_line(band: Image.Image, words: Page, theme: Theme) -> None:
    """Write the sign of what is live, the time of the call or else what goes on, and what is
    switched off; the last where there is room for it: the sign tells it, too."""
    draw = draw_on(band)
    left = gap = band.height // 2
    if words.live:
        size = round(band.height * _SIGN)
        place = left, (band.height - size) // 2
        draw_live_sign(band, place, size, theme, words.in_call)
        left += round(SIGN_SHAPE * size) + gap
    font = load_font(max(SMALLEST_TEXT, round(band.height * _LETTERS)))
    first = words.ticker.text if words.ticker else words.title
    off = " · ".join(words.status) if words.live else ""
    for text, colour in ((first, theme.text), (off, theme.accent)):
        width = text_width(font, text)
        if text and left + width + gap <= band.width:
            place = left + overhang(font, text), band.height // 2
            draw.text(place, text, colour, font, anchor="lm")
            left += width + gap
