"""Events of a touch screen into touches of one finger. PURE."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from homecall_appliance.keys.ports import AxisEvent, EventsLost, InputEvent, KeyEvent, Report
from homecall_appliance.keys.touch_screen import ABS_MT_SLOT, ABS_MT_TRACKING_ID, TouchSurface

MOST_SLOTS = 64
"""Fingers that are followed. A screen knows ten or so; what has a higher number is passed over."""


class Phase(StrEnum):
    """What a finger does, as Pointer Events of the W3C have it (5.1)."""

    DOWN = "down"
    MOVE = "move"
    UP = "up"
    CANCEL = "cancel"


@dataclass(frozen=True)
class Touch:
    """A finger on a touch screen, at one moment."""

    phase: Phase

    x: float
    y: float
    """Where it is on the panel as it is mounted, from 0 to 1 of its width from its left edge, and
    of its height from its top; of a cancelled touch where it was last."""

    at: float
    """Seconds of time.monotonic()."""


@dataclass
class _Slot:
    """A finger as the device tells of it."""

    x: int | None = None
    y: int | None = None
    """On the axes; None: not told yet, as only changes are."""

    down: bool = False

    began: bool = False
    """Whether it was put there since the last report."""

    def put(self, *, down: bool) -> None:
        self.began = down
        self.down = down


@dataclass
class TouchTracker:
    """Follows the first finger that is put on a touch screen, until it is lifted; others are passed
    over. One that was there before the device was opened, or while the kernel lost events, counts
    from the next time that it is put there."""

    surface: TouchSurface

    _slots: dict[int, _Slot] = field(default_factory=dict)
    _slot: int = 0
    _pressed: set[int] = field(default_factory=set)
    _followed: int | None = None
    """The slot of the finger that is followed."""
    _last: Touch | None = None
    """What was told of it last, but for its end."""

    def accept(self, event: InputEvent) -> Iterator[Touch]:
        """Take the next event; yield what it makes of the finger: nothing mostly, as the events
        until a report are of one moment (Documentation/input/event-codes.rst)."""
        match event:
            case EventsLost():
                yield from self.cancel()
            case KeyEvent(code, value) if code in self.surface.buttons and value in (0, 1):
                self._press(code, down=value == 1)
            case AxisEvent(code, value):
                self._move(code, value)
            case Report(at):
                yield from self._report(at)

    def cancel(self) -> Iterator[Touch]:
        """Take all fingers for lost; yield that of the one that is followed, if there is one."""
        self._pressed.clear()
        for slot in self._slots.values():
            slot.put(down=False)
        yield from self._cancel()

    def _press(self, code: int, *, down: bool) -> None:
        before = bool(self._pressed)
        (self._pressed.add if down else self._pressed.discard)(code)
        if before != bool(self._pressed):
            self._slots.setdefault(0, _Slot()).put(down=down)

    def _move(self, code: int, value: int) -> None:
        slotted = not self.surface.buttons
        if slotted and code == ABS_MT_SLOT:
            self._slot = value
        if not 0 <= self._slot < MOST_SLOTS:
            return
        slot = self._slots.setdefault(self._slot, _Slot())
        if code == self.surface.x.code:
            slot.x = value
        elif code == self.surface.y.code:
            slot.y = value
        elif slotted and code == ABS_MT_TRACKING_ID:
            slot.put(down=value >= 0)

    def _report(self, at: float) -> Iterator[Touch]:
        if self._followed is not None and self._slots[self._followed].began:
            yield from self._cancel()  # another finger has its slot
        if self._followed is None or self._last is None:
            yield from self._begin(at)
        else:
            yield from self._go_on(self._slots[self._followed], self._last, at)
        for slot in self._slots.values():
            slot.began = False

    def _begin(self, at: float) -> Iterator[Touch]:
        for number, slot in self._slots.items():
            if slot.began and (place := self._place(slot)):
                self._followed, self._last = number, Touch(Phase.DOWN, *place, at)
                yield self._last
                return

    def _go_on(self, slot: _Slot, last: Touch, at: float) -> Iterator[Touch]:
        place = self._place(slot) or (last.x, last.y)
        if not slot.down:
            self._followed = None
            yield Touch(Phase.UP, *place, at)
        elif place != (last.x, last.y):
            self._last = Touch(Phase.MOVE, *place, at)
            yield self._last

    def _cancel(self) -> Iterator[Touch]:
        if self._followed is not None and self._last is not None:
            self._followed = None
            yield Touch(Phase.CANCEL, self._last.x, self._last.y, self._last.at)

    def _place(self, slot: _Slot) -> tuple[float, float] | None:
        if slot.x is None or slot.y is None:
            return None
        return self.surface.x.share(slot.x), self.surface.y.share(slot.y)
