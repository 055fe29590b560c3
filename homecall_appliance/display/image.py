"""Pictures of a view, and a PNG file as the screen."""

import io
from pathlib import Path
from textwrap import wrap

from PIL import Image, ImageDraw, ImageFont

from homecall_appliance.display import qr
from homecall_appliance.display.ports import DisplayError
from homecall_appliance.display.view import Language, LinkView, View, sentences

WIDTH, HEIGHT = 800, 480
"""Pixels of the Raspberry Pi's touch screen."""

FONT = "DejaVuSans.ttf"
"""Looked for in the system's folders of fonts (Debian: fonts-dejavu-core)."""

_TEXT = 22
_LINK = 16
_MARGIN = 16
_BLACK, _WHITE = 0, 255

_Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


def code_png(url: str, size: int = 512) -> bytes:
    """The link's code alone, as PNG: black on white, `size` pixels wide and high at most, and no
    smaller than one pixel for a module."""
    return _png(_code(url, size))


def view_png(view: View, language: Language, rotation: int = 0, font: str = FONT) -> bytes:
    """The view as PNG, WIDTH by HEIGHT pixels, turned clockwise by `rotation` degrees.

    In English where the system does not have `font`.
    """
    canvas = Image.new("L", (WIDTH, HEIGHT), _WHITE)
    draw = ImageDraw.Draw(canvas)
    words, language = _font(font, _TEXT, language)
    left, bottom = _MARGIN, HEIGHT
    if isinstance(view, LinkView):
        link, _ = _font(font, _LINK, language)
        if (needed := draw.textlength(view.url, link) / (WIDTH - 2 * _MARGIN)) > 1:
            link, _ = _font(font, int(_LINK / needed), language)
        bottom = HEIGHT - _MARGIN - _LINK
        draw.text((WIDTH // 2, bottom), view.url, _BLACK, link, anchor="mt")
        code = _code(view.url, bottom)
        canvas.paste(code, (0, 0))
        left = code.width
    text = _fitted(draw, sentences(view, language), words, WIDTH - left - _MARGIN)
    draw.multiline_text((left, bottom // 2), text, _BLACK, words, anchor="lm", spacing=8)
    return _png(canvas.rotate(-rotation, expand=True))


class ImageFile:
    """A PNG file, for a picture frame or a page that shows it. It is gone when there is nothing
    to show any more, as an old code calls nobody."""

    shows_picture = False

    def __init__(self, path: Path, language: Language, rotation: int = 0) -> None:
        self.where = f"the picture {path}"
        self._path = path
        self._language = language
        self._rotation = rotation
        self._shown: View | None = None

    def show(self, view: View) -> None:
        """Write the view's picture; who reads the file finds the old or the new one, whole."""
        if view == self._shown:
            return
        unfinished = self._path.with_name(f"{self._path.name}.new")
        try:
            unfinished.write_bytes(view_png(view, self._language, self._rotation))
            unfinished.replace(self._path)
        except OSError as error:
            raise self._error("written", error) from error
        self._shown = view

    def close(self) -> None:
        """Remove the file."""
        try:
            self._path.unlink(missing_ok=True)
        except OSError as error:
            raise self._error("removed", error) from error

    def _error(self, verb: str, error: OSError) -> DisplayError:
        return DisplayError(
            f"The picture {self._path} cannot be {verb}: {error.strerror}. Set display.device to "
            "a file in a folder that the appliance may write to."
        )


def _code(url: str, size: int) -> Image.Image:
    matrix = qr.matrix(url)
    modules = len(matrix)
    code = Image.new("L", (modules, modules))
    code.putdata([_BLACK if module else _WHITE for row in matrix for module in row])
    scale = max(1, size // modules)
    return code.resize((modules * scale, modules * scale), Image.Resampling.NEAREST)


def _font(name: str, size: int, language: Language) -> tuple[_Font, Language]:
    try:
        return ImageFont.truetype(name, size), language
    except OSError:
        # Pillow's own font has no Cyrillic.
        return ImageFont.load_default(size), "en"


def _fitted(draw: ImageDraw.ImageDraw, words: tuple[str, ...], font: _Font, width: int) -> str:
    """The sentences in lines of about `width` pixels, by the mean width of a letter."""
    columns = int(width / (draw.textlength("нn", font) / 2))
    return "\n\n".join("\n".join(wrap(each, columns)) for each in words)


def _png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()
