"""The strip of a screen that has the buttons: at the bottom of one that is higher than wide, and at
the right of another, where a visitor's picture leaves the most room."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from PIL import Image

from homecall_appliance.display.icons import icon
from homecall_appliance.display.lettering import (
    LINE,
    SMALLEST_TEXT,
    load_font,
    overhang,
    text_width,
)
from homecall_appliance.display.ornaments import round_box
from homecall_appliance.display.page import Face
from homecall_appliance.display.pixels import Box
from homecall_appliance.display.sheet import draw_on
from homecall_appliance.display.targets import Target
from homecall_appliance.display.theme import Colour, Theme
from homecall_appliance.display.view import Button

_DISCS, _MARGINS = 6, 30
"""How many discs, and how many margins, are as large as the shorter side."""

_SMALLEST_DISC = 16
"""Pixels: on a smaller screen there is no room for fingers."""

_SIGN, _LETTERS, _PITCH = 0.48, 0.24, 2.0
"""Shares of a disc: its sign, the letters below it, and the most from one disc to the next."""

_MOST_WIDTH = 0.94
"""Of the room from one word to the next."""


@dataclass(frozen=True)
class Strip:
    """The buttons of a screen, and where they are."""

    box: Box
    picture: Image.Image
    targets: tuple[Target, ...]

    @property
    def room(self) -> tuple[int, int]:
        """Width and height of what is left of the screen, from its upper left corner."""
        left, top, right, bottom = self.box
        return (left, bottom) if left else (right, top)


def draw_strip(size: tuple[int, int], faces: Sequence[Face], theme: Theme) -> Strip | None:
    """Draw buttons for an upright screen of this size; None: there are none, or it is too small."""
    width, height = size
    disc = ceil(min(size) / _DISCS)
    if not faces or disc < _SMALLEST_DISC:
        return None
    beside = width >= height
    pitch = min(round(_PITCH * disc), (height if beside else width) // len(faces))
    letters = _letters([face.label for face in faces], disc, _PITCH * disc if beside else pitch)
    high = disc + ceil(letters * LINE)
    broad = max(disc, *(text_width(load_font(letters), face.label) for face in faces))
    thick = (broad if beside else high) + 2 * (min(size) // _MARGINS)
    box = (width - thick, 0, width, height) if beside else (0, height - thick, width, height)
    canvas = Image.new("RGB", size, theme.ground)
    targets = []
    first = (max(size[beside], pitch) - pitch * len(faces)) // 2
    for at, face in zip(range(first, size[beside], pitch), faces, strict=False):
        left, top, right, bottom = box
        cell = (left, at, right, at + pitch) if beside else (at, top, at + pitch, bottom)
        middle = (cell[0] + cell[2]) // 2, (cell[1] + cell[3] - high) // 2
        _draw_face(canvas, middle, face, (disc, letters), theme)
        targets.append(Target(face.button, cell))
    return Strip(box, canvas.crop(box), tuple(targets))


def _letters(labels: Sequence[str], disc: int, room: float) -> int:
    """Return the size of the letters with which each word has room."""
    size = max(SMALLEST_TEXT, round(_LETTERS * disc))
    while size > SMALLEST_TEXT and any(
        text_width(load_font(size), label) > _MOST_WIDTH * room for label in labels
    ):
        size -= 1
    return size


def _draw_face(
    canvas: Image.Image,
    middle: tuple[int, int],
    face: Face,
    sizes: tuple[int, int],
    theme: Theme,
) -> None:
    """Draw a disc with a sign, and a word below it, down from the middle of their upper edge; the
    sizes are those of the disc and the letters."""
    (x, top), (disc, letters) = middle, sizes
    ground, ink = _colours(face, theme)
    left = x - disc // 2
    round_box(canvas, (left, top, left + disc, top + disc), disc // 2, ground)
    sign = icon(face.button, round(_SIGN * disc), off=face.off)
    canvas.paste(ink, (x - sign.width // 2, top + (disc - sign.height) // 2), sign)
    font = load_font(letters)
    begin = x - text_width(font, face.label) // 2 + overhang(font, face.label)
    draw_on(canvas).text((begin, top + disc), face.label, theme.text, font)


def _colours(face: Face, theme: Theme) -> tuple[Colour, Colour]:
    """Return those of a button's disc and of its sign."""
    match face.button:
        case Button.ANSWER:
            return theme.accent, theme.ink
        case Button.DECLINE | Button.HANG_UP:
            return theme.danger, theme.title
        case _ if face.off:
            return theme.title, theme.ink
        case _:
            return theme.button, theme.title
