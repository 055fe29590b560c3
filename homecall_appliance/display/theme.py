"""Colours of pages on a screen. PURE."""

from dataclasses import dataclass

Colour = tuple[int, int, int]

DIMMED = 0.72
"""By what a dimmed screen is multiplied."""


@dataclass(frozen=True)
class Theme:
    """Red, green and blue of each thing on a page, from 0 to 255."""

    ground: Colour

    tile: Colour
    """Around the modules of the code."""

    title: Colour
    text: Colour

    soft: Colour
    """What few people look for."""

    accent: Colour
    """What is to be noticed, and the bar that shrinks."""

    live: Colour
    """The sign that the camera and the microphone here are open."""

    track: Colour
    """Under the bar."""

    edge: Colour
    """Around the bar."""

    button: Colour
    """Of a button; one that has switched something off is `title`, and its sign `ink`."""

    danger: Colour
    """Of a button that ends or refuses a call; one that accepts it is `accent`."""

    ink: Colour
    """Of a sign on a light button."""

    plain: bool = False
    """Whether letters and signs are all that is drawn, left-aligned: a panel has few pixels."""


NIGHT = Theme(
    ground=(12, 20, 23),
    tile=(250, 250, 247),
    title=(242, 245, 243),
    text=(211, 220, 218),
    soft=(169, 184, 183),
    accent=(255, 196, 107),
    live=(255, 122, 122),
    track=(43, 54, 58),
    edge=(43, 54, 58),
    button=(43, 54, 58),
    danger=(229, 72, 77),
    ink=(33, 22, 10),
)
"""That of the page in a browser (web/static/styles/base.css). Its letters have a contrast of 7:1 at
least, dimmed one of 4.5:1 (WCAG 2.2, 1.4.3)."""

PAPER = Theme(
    ground=(255, 255, 255),
    tile=(255, 255, 255),
    title=(16, 24, 27),
    text=(16, 24, 27),
    soft=(16, 24, 27),
    accent=(16, 24, 27),
    live=(16, 24, 27),
    track=(255, 255, 255),
    edge=(16, 24, 27),
    button=(255, 255, 255),
    danger=(255, 255, 255),
    ink=(16, 24, 27),
    plain=True,
)
"""For panels of a single bit, on which a colour is either dark or light."""
