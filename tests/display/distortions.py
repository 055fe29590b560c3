"""What a phone's camera makes of a code."""

from collections.abc import Callable, Mapping
from math import cos, radians, sin
from typing import cast

from PIL import Image, ImageFilter, ImageOps

Distortion = Callable[[Image.Image, int], Image.Image]
"""Of a grey picture whose modules are so many pixels."""

BLUR = 0.3
"""The Gaussian's sigma in modules: it mixes about 10 % of the neighbour into the edge's pixels,
and half of it into the edge itself."""

TILT = 15
"""Degrees."""

DISTANCE = 2
"""Of the camera, in widths of the picture: a phone at arm's length before a small screen."""


def photographed(image: Image.Image, module: int) -> tuple[Image.Image, int]:
    """The picture in grey with modules of four to eleven pixels, as a camera's picture of the
    panel has them, and the size of a module."""
    grey = image.convert("L")
    if module < 4:
        width, height = grey.size
        return grey.resize((4 * width, 4 * height), Image.Resampling.NEAREST), 4 * module
    factor = max(1, module // 6)
    return grey.reduce(factor), module // factor


def plain(image: Image.Image, module: int) -> Image.Image:
    return image


def blurred(image: Image.Image, module: int) -> Image.Image:
    return image.filter(ImageFilter.GaussianBlur(BLUR * module))


def tilted(image: Image.Image, module: int) -> Image.Image:
    """Turned in its plane."""
    paper = image.getpixel((0, 0))
    return image.rotate(TILT, Image.Resampling.BICUBIC, expand=True, fillcolor=paper)


def aslant(image: Image.Image, module: int) -> Image.Image:
    """Seen from the side: turned about the vertical axis through its middle, in perspective."""
    paper = cast("int", image.getpixel((0, 0)))
    image = ImageOps.expand(image, image.width // 10, paper)
    x, y = image.width / 2, image.height / 2
    cosine = cos(radians(TILT))
    bend = sin(radians(TILT)) / (cosine * DISTANCE * image.width)
    scale = 1 + bend * x
    coefficients = (
        (1 / cosine - bend * x) / scale,
        0,
        (x * scale - x / cosine) / scale,
        -bend * y / scale,
        1 / scale,
        (y * scale - y) / scale,
        -bend / scale,
        0,
    )
    return image.transform(
        image.size,
        Image.Transform.PERSPECTIVE,
        coefficients,
        Image.Resampling.BICUBIC,
        fillcolor=paper,
    )


def faint(image: Image.Image, module: int) -> Image.Image:
    """With half of the contrast, about the middle grey."""
    return image.point([64 + value // 2 for value in range(256)])


def everything(image: Image.Image, module: int) -> Image.Image:
    """Tilted, blurred and faint."""
    return faint(blurred(tilted(image, module), module), module)


DISTORTIONS: Mapping[str, Distortion] = {
    distortion.__name__: distortion
    for distortion in (plain, blurred, tilted, aslant, faint, everything)
}
