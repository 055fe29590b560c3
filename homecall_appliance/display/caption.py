"""The band at the bottom of a visitor's picture: who rings and what to press, or what there is to
say of the call."""

from PIL import Image

from homecall_appliance.display.lettering import SMALLEST_TEXT, load_font, overhang, text_width
from homecall_appliance.display.ornaments import SIGN_SHAPE, draw_live_sign
from homecall_appliance.display.page import Page, page
from homecall_appliance.display.render import Look, darkened
from homecall_appliance.display.sheet import Sheet, draw_on, draw_ticker
from homecall_appliance.display.theme import Theme
from homecall_appliance.display.view import View

_LINES, _URGENT_BANDS = 14, 3.2
"""How many bands are as high as the screen's shorter side: of one line, and of who rings."""

_SMALLEST_BAND = 16
"""Pixels."""

_LETTERS, _SIGN, _MARGIN = 0.6, 0.7, 0.1
"""Shares of the band's height."""

_URGENT_TEXTS = 4
"""How many of the largest text are as high as the band of who rings."""


class Caption:
    """Draws the band for an upright screen, again only when it has changed."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self._key: object = None
        self._band = Image.new("RGB", (1, 1))

    def draw(self, view: View, *, dimmed: bool) -> Image.Image:
        """Return the band, as wide as the screen; the same object until it has changed."""
        words = page(view, self._look.letters)
        key = words, dimmed
        if key != self._key:
            band = self._drawn(words)
            self._band = darkened(band) if dimmed else band
            self._key = key
        return self._band

    def _drawn(self, words: Page) -> Image.Image:
        width, height = self._look.size
        high = round(min(width, height) / (_URGENT_BANDS if words.urgent else _LINES))
        size = width, min(height, max(_SMALLEST_BAND, high))
        band = Image.new("RGB", size, self._look.theme.ground)
        if words.urgent:
            _write_ringing(band, words, self._look.theme)
        else:
            _write_line(band, words, self._look.theme)
        return band


def _write_ringing(band: Image.Image, words: Page, theme: Theme) -> None:
    """Write who rings, what to press, and how long it rings."""
    margin = round(_MARGIN * band.height)
    room = (2 * margin, margin, band.width - 2 * margin, band.height - margin)
    sheet = Sheet(band, theme)
    sheet.write(room, words, max(SMALLEST_TEXT, band.height // _URGENT_TEXTS), centred=True)
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
