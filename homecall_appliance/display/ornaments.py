"""What is drawn on a page besides letters and the code: HomeCall's mark, the sign of what is live,
and shapes with round corners."""

from collections.abc import Sequence
from functools import lru_cache
from math import ceil

from PIL import Image, ImageDraw

from homecall_appliance.display.pixels import Box
from homecall_appliance.display.theme import Colour, Theme
from homecall_appliance.display.view import InCall

_FINER = 4
"""A shape is drawn in so many times its size, and made smaller: its edges are smooth then."""

_MARK = 64
"""The box of the mark (`i-mark` in web/static/index.html), whose lines are _STROKE wide."""

_STROKE = 3.4
_AMBER = (242, 159, 61)

SIGN_SHAPE = 1.8
"""Width of the sign of what is live, in its heights."""


def round_box(canvas: Image.Image, box: Box, radius: int, colour: Colour) -> None:
    """Fill a box whose corners are round."""
    left, top, right, bottom = box
    size = right - left, bottom - top
    radius = min(radius, *(side // 2 for side in size))
    mask = Image.new("L", size, 255)
    if radius > 0:
        fine = _FINER * radius
        disc = Image.new("L", (2 * fine, 2 * fine))
        ImageDraw.Draw(disc).ellipse((0, 0, 2 * fine - 1, 2 * fine - 1), 255)
        disc = disc.reduce(_FINER)
        for x, at_x in ((0, 0), (radius, size[0] - radius)):
            for y, at_y in ((0, 0), (radius, size[1] - radius)):
                mask.paste(disc.crop((x, y, x + radius, y + radius)), (at_x, at_y))
    canvas.paste(colour, box, mask)


@lru_cache(maxsize=8)
def mark(size: int, colour: Colour) -> Image.Image:
    """Return HomeCall's mark as RGBA: a house, with a call inside."""
    unit = size * _FINER / _MARK
    image = Image.new("RGBA", (size * _FINER, size * _FINER), (*colour, 0))
    draw = ImageDraw.Draw(image)
    stroke = max(1, round(_STROKE * unit))

    def box(x: float, y: float, radius: float) -> list[float]:
        return [unit * each for each in (x - radius, y - radius, x + radius, y + radius)]

    def arc(x: float, radius: float, angles: tuple[int, int], y: float, ink: Colour) -> None:
        draw.arc(box(x, y, radius + _STROKE / 2), *angles, ink, stroke)

    def line(*places: tuple[float, float]) -> None:
        draw.line([(unit * x, unit * y) for x, y in places], colour, stroke, joint="curve")
        for x, y in (places[0], places[-1]):
            draw.ellipse(box(x, y, _STROKE / 2), colour)

    line((10, 49), (10, 29), (32, 11), (54, 29), (54, 49))
    line((16, 55), (48, 55))
    arc(16, 6, (90, 180), 49, colour)
    arc(48, 6, (0, 90), 49, colour)
    arc(32, 9.9, (225, 315), 48.5, _AMBER)
    arc(32, 17, (225, 315), 47.5, _AMBER)
    draw.ellipse(box(32, 47, 3.2), _AMBER)
    return image.reduce(_FINER)


def draw_live_sign(
    canvas: Image.Image,
    place: tuple[int, int],
    height: int,
    theme: Theme,
    off: InCall,
) -> None:
    """Draw a camera and a microphone, each struck through where it is off."""
    unit = height * _FINER / 10
    sign = Image.new("RGBA", (ceil(SIGN_SHAPE * height) * _FINER, height * _FINER))
    draw = ImageDraw.Draw(sign)
    thick = max(_FINER, round(0.8 * unit))

    def at(*places: tuple[float, float]) -> list[tuple[float, float]]:
        return [(x * unit, y * unit) for x, y in places]

    def strike(places: Sequence[tuple[float, float]]) -> None:
        draw.line(at(*places), (*theme.ground, 255), 3 * thick)
        draw.line(at(*places), (*theme.soft, 255), thick)

    colour = theme.soft if off.camera_off else theme.live
    draw.rounded_rectangle(at((0, 2.5), (7, 8)), unit, colour)
    draw.polygon(at((7, 5), (10, 3), (10, 7.5), (7, 5.5)), colour)
    if off.camera_off:
        strike([(1, 9.5), (8.5, 0.8)])
    colour = theme.soft if off.muted else theme.live
    draw.rounded_rectangle(at((13, 1), (16, 6)), 1.5 * unit, colour)
    draw.arc(at((12, 2), (17, 8)), 0, 180, colour, thick)
    draw.line(at((14.5, 8), (14.5, 9.5)), colour, thick)
    if off.muted:
        strike([(11.5, 9.5), (17.5, 0.8)])
    small = sign.reduce(_FINER)
    canvas.paste(small, place, small)


def draw_bar(canvas: Image.Image, box: Box, share: float, theme: Theme) -> None:
    """Draw a bar of which a share is left."""
    left, top, right, bottom = box
    radius = 0 if theme.plain else (bottom - top) // 2
    round_box(canvas, box, radius, theme.edge)
    if theme.edge != theme.track:
        round_box(canvas, (left + 1, top + 1, right - 1, bottom - 1), radius, theme.track)
    filled = round((right - left) * share)
    if filled >= max(1, 2 * radius):
        round_box(canvas, (left, top, left + filled, bottom), radius, theme.accent)
