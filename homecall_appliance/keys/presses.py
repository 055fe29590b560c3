"""Events of keys into presses, short and long ones. PURE."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from homecall_appliance.keys.ports import AxisEvent, EventsLost, InputEvent, KeyEvent, Report

LONG_PRESS = 1.0
"""Seconds that a key is held for a long press, which counts from then on, while it is held. A
person who wants a short one lets go after a quarter of a second; who is unsure, after half."""

_UP, _DOWN = 0, 1

_Held: TypeAlias = tuple[str, int]
"""A device's path, and the code of a key that is down there."""


class Length(StrEnum):
    """How long a key was held."""

    SHORT = "short"
    LONG = "long"


@dataclass(frozen=True)
class Press:
    """A key was pressed."""

    device: str
    """The path of the input device."""

    code: int
    length: Length
    at: float
    """When it became a press: see KeyEvent.at."""


class Presses:
    """Follows which keys are down, and tells when that is a press.

    A key that is held sends the value 2 again and again, which is no press. One that was down
    before its device was opened, or while the kernel lost events, counts from the next time that
    it goes down: what would open a door must have been seen to begin and to last.
    """

    def __init__(self, has_long_press: Callable[[int], bool]) -> None:
        """`has_long_press` tells of a code whether its length matters. Where it does not, a press
        is short, and is one as soon as the key is down."""
        self._has_long_press = has_long_press
        self._down: dict[_Held, float] = {}

    def accept(self, device: str, event: InputEvent) -> Press | None:
        """Take the next event of a device; return the press that it makes."""
        match event:
            case EventsLost():
                self.forget(device)
                return None
            case AxisEvent() | Report():
                return None
            case KeyEvent(code, value, at):
                if not self._has_long_press(code):
                    return Press(device, code, Length.SHORT, at) if value == _DOWN else None
                if value == _DOWN:
                    self._down[device, code] = at
                    return None
                began = self._down.pop((device, code), None) if value == _UP else None
                if began is None:
                    return None
                length = Length.LONG if at - began >= LONG_PRESS else Length.SHORT
                return Press(device, code, length, at)

    def held(self, now: float) -> Iterator[Press]:
        """Yield the presses that have become long ones, with no event. All events until `now` must
        have been accepted, or a key may be taken for held that has gone up."""
        for (device, code), began in list(self._down.items()):
            if now - began >= LONG_PRESS:
                del self._down[device, code]
                yield Press(device, code, Length.LONG, now)

    @property
    def next_long(self) -> float:
        """When the next key will have been held for long; math.inf: none is held."""
        return min(self._down.values(), default=math.inf) + LONG_PRESS

    def forget(self, device: str) -> None:
        """Take no key of a device for held, for it is gone, or has lost events."""
        self._down = {held: at for held, at in self._down.items() if held[0] != device}
