"""Draws views at any size, and no more of them than has changed. PURE: the same view gives the same
picture."""

from dataclasses import dataclass, replace

from PIL import Image

from homecall_appliance.display.lettering import has_font
from homecall_appliance.display.page import Page, Ticker, page, too_small
from homecall_appliance.display.pixels import Box, turned
from homecall_appliance.display.sheet import Sheet, TickerPlace, draw_ticker
from homecall_appliance.display.strip import draw_strip
from homecall_appliance.display.targets import Target
from homecall_appliance.display.theme import DIMMED, NIGHT, PAPER, Theme
from homecall_appliance.display.view import View
from homecall_appliance.display.words import Language


@dataclass(frozen=True)
class Look:
    """How a screen shows pages."""

    size: tuple[int, int]
    """Pixels, as the panel has them: width and height."""

    rotation: int = 0
    """Degrees clockwise by which pages are turned on the panel: 0, 90, 180 or 270."""

    language: Language = "ru"

    one_bit: bool = False
    """Whether a pixel of the panel is either dark or light."""

    has_pictures: bool = False
    """Whether thumbnails of visitors may be drawn: what is drawn is kept nowhere else."""

    @property
    def theme(self) -> Theme:
        """The colours."""
        return PAPER if self.one_bit else NIGHT

    @property
    def letters(self) -> Language:
        """The language; English where the system does not have the font."""
        return self.language if has_font() else "en"


def render(view: View, look: Look, *, shift: int = 0, dimmed: bool = False) -> Image.Image:
    """Return the view as RGB, as large as the panel: see Drawer.draw."""
    drawer = Drawer(look)
    drawer.draw(view, shift=shift, dimmed=dimmed)
    return drawer.picture


def darkened(picture: Image.Image) -> Image.Image:
    """Return a picture as a dimmed screen shows it."""
    return picture.point(lambda value: round(value * DIMMED))


class Drawer:
    """Draws one view after the other on the same picture."""

    def __init__(self, look: Look) -> None:
        self.picture = Image.new("RGB", look.size, look.theme.ground)
        """As the panel has it."""

        self.targets: tuple[Target, ...] = ()
        """What of it may be tapped."""

        self.look = look
        self._key: object = None
        self._upright = self.picture
        self._place: TickerPlace | None = None
        self._ticker: Ticker | None = None

    def draw(self, view: View, *, shift: int = 0, dimmed: bool = False) -> Box | None:
        """Draw what differs from the former view; return the part of the panel that has it, or
        None where there is no difference.

        `shift` moves everything by so many pixels, of which no more count than there is margin.
        """
        words = page(view, self.look.letters)
        if not self.look.has_pictures:
            words = replace(words, picture=None)
        ticker, rest = words.ticker, replace(words, ticker=None)
        key = rest, ticker and (len(ticker.text), ticker.share is None), shift, dimmed
        if key != self._key:
            self._draw_all(words, shift)
            self._tick(ticker)
            self._key = key
            self.picture = self._finished(self._upright, dimmed=dimmed)
            return 0, 0, *self.look.size
        if ticker == self._ticker or self._place is None:
            return None
        self._tick(ticker)
        part = self._finished(self._upright.crop(self._place.box), dimmed=dimmed)
        box = turned(self._place.box, self._upright.size, self.look.rotation)
        self.picture.paste(part, box)
        return box

    def forget(self) -> None:
        """Have everything drawn the next time: something else has been shown meanwhile."""
        self._key = None

    def _draw_all(self, words: Page, shift: int) -> None:
        width, height = self.look.size
        size = (width, height) if self.look.rotation % 180 == 0 else (height, width)
        ground = self.look.theme.ground
        strip = draw_strip(size, words.faces, self.look.theme)
        canvas = Image.new("RGB", strip.room if strip else size, ground)
        sheet = Sheet(canvas, self.look.theme)
        sheet.draw(words, too_small(self.look.letters))
        step = _step(shift, sheet.free)
        self._upright = Image.new("RGB", size, ground)
        self._upright.paste(canvas, (step, -step))
        self._place = sheet.ticker_place and sheet.ticker_place.moved((step, -step))
        self.targets = everywhere(words, size)
        if strip:
            self._upright.paste(strip.picture, strip.box)
            self.targets = (*strip.targets, *self.targets)

    def _tick(self, ticker: Ticker | None) -> None:
        self._ticker = ticker
        if ticker and self._place:
            draw_ticker(self._upright, self.look.theme, self._place, ticker)

    def _finished(self, picture: Image.Image, *, dimmed: bool) -> Image.Image:
        picture = darkened(picture) if dimmed else picture
        return picture.rotate(-self.look.rotation, expand=True)


def everywhere(page: Page, size: tuple[int, int]) -> tuple[Target, ...]:
    """Return what may be tapped wherever no button is."""
    return (Target(page.touched_anywhere, (0, 0, *size)),) if page.touched_anywhere else ()


def _step(shift: int, most: int) -> int:
    return (shift + most) % (2 * most + 1) - most
