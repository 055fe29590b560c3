"""What may be tapped on a screen, and what a finger is on. PURE."""

import math
from dataclasses import dataclass

from homecall_appliance.display.pixels import Box
from homecall_appliance.display.view import Button


@dataclass(frozen=True)
class Target:
    """A part of the upright picture that may be tapped."""

    button: Button
    box: Box


@dataclass(frozen=True)
class Targets:
    """What was drawn last to be tapped."""

    size: tuple[int, int]
    """Pixels of the upright picture: width and height."""

    rotation: int
    """Degrees clockwise by which it is turned on the panel: 0, 90, 180 or 270."""

    targets: tuple[Target, ...] = ()

    since: float = -math.inf
    """When these came to be seen, or came to mean another visitor: seconds of time.monotonic()."""

    def at(self, x: float, y: float) -> Button | None:
        """Return what is at a place of the panel as it is mounted, from 0 to 1 of its width from
        its left edge, and of its height from its top; None: nothing is."""
        across, down = upright((x, y), self.rotation)
        width, height = self.size
        place = across * width, down * height
        return next((each.button for each in self.targets if _contains(each.box, place)), None)


def upright(place: tuple[float, float], rotation: int) -> tuple[float, float]:
    """Return where a place of the panel is on the upright picture that `pixels.turned` puts there;
    both are shares of the width and the height, from 0 to 1."""
    x, y = place
    match rotation % 360:
        case 90:
            return y, 1 - x
        case 180:
            return 1 - x, 1 - y
        case 270:
            return 1 - y, x
        case _:
            return x, y


def _contains(box: Box, place: tuple[float, float]) -> bool:
    """The right and the bottom edge count, too: 1 is the last column and the last row."""
    left, top, right, bottom = box
    x, y = place
    return left <= x <= right and top <= y <= bottom
