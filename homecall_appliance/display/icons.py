"""The signs on buttons, those of the page in a browser (web/static/index.html), as masks."""

from collections.abc import Iterator, Sequence
from functools import lru_cache

from PIL import Image, ImageDraw

from homecall_appliance.display.view import Button

_FINER = 4
"""A sign is drawn in so many times its size, and made smaller: its edges are smooth then."""

_BOX = 24
"""The box of each sign (`viewBox`), whose lines are _STROKE wide."""

_STROKE = 1.8
_STEPS = 8
"""Straight lines in place of each curve."""

Point = tuple[float, float]

_HANDSET: Sequence[Sequence[Point]] = (
    ((2.6, 13.4), (7.8, 8.2), (16.2, 8.2), (21.4, 13.4)),
    ((21.4, 13.4), (22.1, 14.1), (22.1, 15.3), (21.4, 16)),
    ((21.4, 16), (20.1, 17.3)),
    ((20.1, 17.3), (19.5, 17.9), (18.5, 18), (17.8, 17.4)),
    ((17.8, 17.4), (15.8, 15.9)),
    ((15.8, 15.9), (15.2, 15.5), (14.9, 14.8), (15.1, 14.1)),
    ((15.1, 14.1), (15.4, 12.5)),
    ((15.4, 12.5), (13.2, 11.85), (10.8, 11.85), (8.6, 12.5)),
    ((8.6, 12.5), (8.9, 14.1)),
    ((8.9, 14.1), (9.1, 14.8), (8.8, 15.5), (8.2, 15.9)),
    ((8.2, 15.9), (6.2, 17.4)),
    ((6.2, 17.4), (5.5, 18), (4.5, 17.9), (3.9, 17.3)),
    ((3.9, 17.3), (2.6, 16)),
    ((2.6, 16), (1.9, 15.3), (1.9, 14.1), (2.6, 13.4)),
)
"""`i-hangup`: lines of two points, and Bézier curves of four."""

_LIFTED = 135
"""Degrees counter-clockwise by which the handset of a call that is accepted is turned."""


@lru_cache(maxsize=32)
def icon(button: Button, size: int, *, off: bool = False) -> Image.Image:
    """Return the sign of a button as L, struck through where it has switched something off."""
    pen = _Pen(size)
    match button:
        case Button.ANSWER | Button.DECLINE | Button.HANG_UP:
            pen.shape([point for part in _HANDSET for point in _points(part)])
            if button is Button.ANSWER:
                pen.turn(_LIFTED)
        case Button.MUTE:
            pen.box((9, 3), (15, 14))
            pen.arc((12, 11.5), 6.5, (0, 180))
            pen.line((12, 18), (12, 21))
        case Button.CAMERA:
            pen.box((3, 6.5), (15, 17.5))
            pen.line((15, 11), (21, 7.5), (21, 16.5), (15, 13))
        case Button.OPEN_DOOR:
            pen.arc((8, 12), 4.2, (0, 360))
            pen.line((12.2, 12), (21, 12), (21, 15.5))
            pen.line((17, 12), (17, 15))
    if off:
        pen.strike((4, 4), (20, 20))
    return pen.mask.reduce(_FINER)


def _points(part: Sequence[Point]) -> Iterator[Point]:
    """Yield points of a line or of a cubic Bézier curve, but for its last one."""
    if len(part) == 2:
        yield part[0]
        return
    for step in range(_STEPS):
        t = step / _STEPS
        shares = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3)
        yield (
            sum(share * x for share, (x, _) in zip(shares, part, strict=True)),
            sum(share * y for share, (_, y) in zip(shares, part, strict=True)),
        )


class _Pen:
    """Draws with round ends in the units of _BOX."""

    def __init__(self, size: int) -> None:
        side = max(1, size) * _FINER
        self.mask = Image.new("L", (side, side))
        self._draw = ImageDraw.Draw(self.mask)
        self._unit = side / _BOX
        self._stroke = max(_FINER, round(_STROKE * self._unit))

    def shape(self, points: Sequence[Point]) -> None:
        self._draw.polygon(self._at(points), 255)

    def line(self, *points: Point, width: int = 0, ink: int = 255) -> None:
        width = width or self._stroke
        self._draw.line(self._at(points), ink, width, joint="curve")
        for x, y in (points[0], points[-1]):
            radius = width / self._unit / 2
            self._draw.ellipse(self._at([(x - radius, y - radius), (x + radius, y + radius)]), ink)

    def arc(self, centre: Point, radius: float, angles: tuple[int, int]) -> None:
        x, y = centre
        outer = radius + _STROKE / 2
        box = self._at([(x - outer, y - outer), (x + outer, y + outer)])
        self._draw.arc(box, *angles, 255, self._stroke)

    def box(self, first: Point, last: Point) -> None:
        half = _STROKE / 2
        corners = [(first[0] - half, first[1] - half), (last[0] + half, last[1] + half)]
        radius = (3 + half) * self._unit
        self._draw.rounded_rectangle(self._at(corners), radius, None, 255, self._stroke)

    def strike(self, *points: Point) -> None:
        self.line(*points, width=3 * self._stroke, ink=0)
        self.line(*points)

    def turn(self, degrees: int) -> None:
        # Its middle is below that of the box.
        middle = self._unit * 12, self._unit * 13.5
        moved = 0, round(self._unit * -1.5)
        self.mask = self.mask.rotate(
            degrees, Image.Resampling.BICUBIC, center=middle, translate=moved
        )

    def _at(self, points: Sequence[Point]) -> list[Point]:
        return [(x * self._unit, y * self._unit) for x, y in points]
