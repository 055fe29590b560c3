"""A house that notes what it is told, and input devices in its stead."""

import asyncio
import errno
import os
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from homecall_appliance.keys.ports import AxisEvent, InputEvent, KeyEvent, Report, TapTarget
from homecall_appliance.keys.touch_screen import ABS_X, ABS_Y, BTN_TOUCH, Axis, TouchSurface

SURFACE = TouchSurface(Axis(ABS_X, 0, 100), Axis(ABS_Y, 0, 100), frozenset({BTN_TOUCH}))
"""Of a touch screen whose axes count in hundredths."""

ENTER, ESC, PHONE, MICMUTE, A, POWER = 28, 1, 169, 248, 30, 116


@dataclass
class House:
    """`possible` are the names of what there is something to do it to."""

    possible: set[str] = field(default_factory=set)
    done: list[str] = field(default_factory=list)

    def _try(self, name: str) -> bool:
        if name not in self.possible:
            return False
        self.done.append(name)
        return True

    def answer(self) -> bool:
        if not self._try("answer"):
            return False
        self.possible -= {"answer", "decline"}
        self.possible |= {"hangup", "mute", "camera"}
        return True

    def decline(self) -> bool:
        return self._end("decline")

    def hang_up(self) -> bool:
        return self._end("hangup")

    def mute(self) -> bool:
        return self._try("mute")

    def camera(self) -> bool:
        return self._try("camera")

    def open_door(self) -> bool:
        return self._try("open")

    def ring(self, *, door: bool = False) -> None:
        """Let a visitor ring."""
        self.possible = {"answer", "decline"} | ({"open"} if door else set())

    def _end(self, name: str) -> bool:
        if not self._try(name):
            return False
        self.possible.clear()
        return True


@dataclass
class Buttons:
    """A screen whose buttons are put on it: each has a part of its width."""

    shown: list[tuple[float, float, TapTarget]] = field(default_factory=list)
    tapped: list[str] = field(default_factory=list)

    def at(self, x: float, y: float) -> TapTarget | None:
        return next((target for left, right, target in self.shown if left <= x < right), None)

    def tap(self, name: str) -> bool:
        self.tapped.append(name)
        return True


class FakeDevice:
    """An input device whose events are put into it. Its descriptor is one end of a pipe, readable
    while there are any, or when it has been pulled out."""

    def __init__(
        self, path: str, name: str, codes: Sequence[int], surface: TouchSurface | None = None
    ) -> None:
        self.path = path
        self.surface = surface
        self.is_touch_screen = surface is not None
        self.name = name
        self.codes = frozenset(codes)
        self.floods = False
        self.closed = False
        self._gone = False
        self._events: deque[InputEvent] = deque()
        self._reading, self._writing = os.pipe()

    def put(self, *events: InputEvent) -> None:
        self._events += events
        os.write(self._writing, b"x")

    def key(self, code: int, value: int, at: float) -> None:
        self.put(KeyEvent(code, value, at))

    def touch(self, x: int, at: float, *, y: int = 50, down: bool | None = None) -> None:
        """Put the finger there, lift it, or move it."""
        self.put(AxisEvent(ABS_X, x), AxisEvent(ABS_Y, y))
        if down is not None:
            self.key(BTN_TOUCH, int(down), at)
        self.put(Report(at))

    def pull_out(self) -> None:
        self._gone = True
        os.write(self._writing, b"x")

    def fileno(self) -> int:
        return self._reading

    def read(self) -> tuple[Sequence[InputEvent], int]:
        if self._gone:
            raise OSError(errno.ENODEV, os.strerror(errno.ENODEV))
        if self.floods:
            return (), 64
        if not self._events:
            return (), 0
        os.read(self._reading, 64)
        events = [self._events.popleft() for _ in range(min(64, len(self._events)))]
        if self._events:
            os.write(self._writing, b"x")
        return events, len(events)

    def close(self) -> None:
        assert not self.closed
        self.closed = True
        os.close(self._reading)
        os.close(self._writing)


class Machine:
    """A folder of input devices, and who opens them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.opened: list[FakeDevice] = []
        self.tried: list[str] = []
        self._there: dict[str, Callable[[], FakeDevice]] = {}

    def plug_in(
        self,
        node: str,
        name: str,
        codes: Sequence[int],
        *,
        error: int | None = None,
        surface: TouchSurface | None = None,
    ) -> None:
        (self.folder / node).touch()
        self.mend(node, name, codes, error=error, surface=surface)

    def mend(
        self,
        node: str,
        name: str,
        codes: Sequence[int],
        *,
        error: int | None = None,
        surface: TouchSurface | None = None,
    ) -> None:
        """Let it be opened like this from now on; its file stays as it is."""
        path = self.folder / node

        def make() -> FakeDevice:
            if error is not None:
                raise OSError(error, os.strerror(error))
            return FakeDevice(str(path), name, codes, surface)

        self._there[str(path)] = make

    def pull_out(self, node: str) -> None:
        path = self.folder / node
        path.unlink()
        del self._there[str(path)]
        for device in self.opened:
            if device.path == str(path) and not device.closed:
                device.pull_out()

    def open_device(self, path: str) -> FakeDevice:
        self.tried.append(Path(path).name)
        if path not in self._there:
            raise OSError(errno.ENOENT, os.strerror(errno.ENOENT))
        device = self._there[path]()
        self.opened.append(device)
        return device


async def until(reached: Callable[[], bool]) -> None:
    """Wait for what has no event."""
    async with asyncio.timeout(10):
        while not reached():  # noqa: ASYNC110 - see above
            await asyncio.sleep(0.005)
