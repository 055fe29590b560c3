"""Touches into taps of what is on the screen. PURE."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from homecall_appliance.keys.actions import SAME_WISH
from homecall_appliance.keys.ports import TapTarget
from homecall_appliance.keys.touches import Phase, Touch

SETTLED = 0.3
"""Seconds that something has to be on the screen before it can be tapped: a finger that comes down
sooner was aimed at what had been there. A person takes 0.2 s at least to answer to what he sees,
and as long again to move the finger."""

SAME_PLACE = 0.1
"""Of the panel's width and height: taps that are no farther apart are on the same place."""

TargetAt: TypeAlias = Callable[[float, float], TapTarget | None]
"""See ports.Tappable.at."""


@dataclass(frozen=True)
class _Series:
    """Taps on one place that follow each other faster than SAME_WISH."""

    began: float
    last: Touch


class Taps:
    """Follows the touches of one touch screen, and tells what they tap.

    A tap is a finger that comes down on something and goes up on it, and has never left it
    meanwhile. Who taps again and again when it rings does not want what comes to be there when the
    visitor has been let in.
    """

    def __init__(self, target_at: TargetAt) -> None:
        self._target_at = target_at
        self._aimed: TapTarget | None = None
        """What the finger is on that is down; None: nothing, or it has left it."""
        self._series: _Series | None = None

    def accept(self, touch: Touch) -> TapTarget | None:
        """Take what the finger does next; return what was tapped."""
        match touch.phase:
            case Phase.DOWN:
                self._aimed = self._at(touch)
                if self._aimed and not self._is_meant(self._aimed, touch):
                    self._aimed = None
            case Phase.MOVE:
                if self._at(touch) != self._aimed:
                    self._aimed = None
            case Phase.UP:
                aimed, self._aimed = self._aimed, None
                return aimed if aimed == self._at(touch) else None
            case Phase.CANCEL:
                self._aimed = None
        return None

    def _at(self, touch: Touch) -> TapTarget | None:
        return self._target_at(touch.x, touch.y)

    def _is_meant(self, target: TapTarget, touch: Touch) -> bool:
        """Whether a finger comes down for what it comes down on."""
        again = self._series is not None and _is_again(self._series.last, touch)
        began = self._series.began if self._series and again else touch.at
        self._series = _Series(began, touch)
        return touch.at - target.since >= SETTLED and target.since <= began


def _is_again(last: Touch, touch: Touch) -> bool:
    apart = max(abs(touch.x - last.x), abs(touch.y - last.y))
    return touch.at - last.at < SAME_WISH and apart <= SAME_PLACE
