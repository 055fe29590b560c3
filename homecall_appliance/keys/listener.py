"""Reads the keys of this machine, and lets them do what the configuration says."""

import asyncio
import logging
import math
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from homecall_appliance.config.key_codes import CODES, key_name
from homecall_appliance.config.model import Keys
from homecall_appliance.keys.actions import KeyActions
from homecall_appliance.keys.choice import chosen
from homecall_appliance.keys.finder import DEV_INPUT, INTERVAL, Finder
from homecall_appliance.keys.keymap import TOUCH, Keymap
from homecall_appliance.keys.labels import label
from homecall_appliance.keys.ports import CallControl, InputDevice, OpenDevice, Tappable
from homecall_appliance.keys.presses import Press, Presses
from homecall_appliance.keys.taps import Taps
from homecall_appliance.keys.touches import Touch, TouchTracker

log = logging.getLogger(__name__)


class PressReader:
    """Tells each press of each device that is wanted, and each touch of a touch screen."""

    def __init__(
        self,
        open_device: OpenDevice,
        is_wanted: Callable[[InputDevice], bool],
        has_long_press: Callable[[int], bool],
        on_press: Callable[[Press], None],
        on_touch: Callable[[str, Touch], None],
        *,
        on_found: Callable[[InputDevice], None],
        on_problem: Callable[[str], None],
        folder: Path = DEV_INPUT,
        interval: float = INTERVAL,
    ) -> None:
        """See Finder and Presses; `on_touch` is told the path of the touch screen, too."""
        self._readable = asyncio.Event()
        self._presses = Presses(has_long_press)
        self._on_press = on_press
        self._on_touch = on_touch
        self._on_found = on_found
        self._trackers: dict[str, TouchTracker] = {}
        self._finder = Finder(
            open_device,
            is_wanted,
            self._readable.set,
            on_found=self._found,
            on_problem=on_problem,
            folder=folder,
            interval=interval,
        )

    @property
    def codes(self) -> frozenset[int]:
        """The keys of all devices that are read."""
        return self._finder.codes

    @property
    def has_touch_screen(self) -> bool:
        """Whether a touch screen is read."""
        return self._finder.has_touch_screen

    async def run(self) -> NoReturn:
        """Read until cancelled. What `on_press` raises ends it; no device does."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._finder.follow(), name="input devices")
            await self._read()

    async def _read(self) -> NoReturn:
        while True:
            due = self._presses.next_long
            with suppress(TimeoutError):
                async with asyncio.timeout_at(None if due == math.inf else due):
                    await self._readable.wait()
            self._readable.clear()
            for path, event in self._finder.read():
                if press := self._presses.accept(path, event):
                    self._on_press(press)
                if tracker := self._trackers.get(path):
                    for touch in tracker.accept(event):
                        self._on_touch(path, touch)
            # After a moment in which nothing could run, this comes after what has happened in it.
            for press in self._presses.held(time.monotonic()):
                self._on_press(press)

    def _found(self, device: InputDevice) -> None:
        self._trackers.pop(device.path, None)
        if device.surface:
            self._trackers[device.path] = TouchTracker(device.surface)
        self._on_found(device)


class KeyListener:
    """The keys of the appliance, and its touch screens."""

    def __init__(
        self,
        settings: Keys,
        control: CallControl,
        screen: Tappable,
        open_device: OpenDevice,
        *,
        folder: Path = DEV_INPUT,
        interval: float = INTERVAL,
    ) -> None:
        """`open_device` is keys.evdev_device.open_device; what is pressed is done by `control`,
        and what is tapped by `screen`."""
        keymap = Keymap(settings)
        self._settings = settings
        self._actions = KeyActions(keymap, control)
        self._screen = screen
        self._taps: dict[str, Taps] = {}
        self._reader = PressReader(
            open_device,
            chosen(settings.device, keymap.codes),
            keymap.has_long_press,
            self._perform,
            self._touched,
            on_found=_tell_found,
            on_problem=_tell_problem,
            folder=folder,
            interval=interval,
        )

    @property
    def answer_label(self) -> str:
        """What is written on a key that is there and accepts a visitor; empty: on none."""
        return self._label(self._settings.answer)

    @property
    def decline_label(self) -> str:
        """The same of one that sends him away."""
        return self._label(self._settings.decline)

    def _label(self, names: Sequence[str]) -> str:
        return label(name for name in names if CODES[name] in self._reader.codes)

    @property
    def has_touch_screen(self) -> bool:
        """Whether there is a touch screen."""
        return self._reader.has_touch_screen

    @property
    def touch_opens(self) -> bool:
        """Whether the door may be opened by a touch."""
        return TOUCH in self._settings.open

    async def run(self) -> NoReturn:
        """Follow the keys until cancelled. What `control` raises ends it; no device does."""
        await self._reader.run()

    def _perform(self, press: Press) -> None:
        if action := self._actions.perform(press):
            log.info("%s was pressed: %s.", key_name(press.code), action)

    def _touched(self, path: str, touch: Touch) -> None:
        taps = self._taps.setdefault(path, Taps(self._screen.at))
        if (target := taps.accept(touch)) and self._screen.tap(target.name):
            log.info("The screen was tapped: %s.", target.name)


def _tell_found(device: InputDevice) -> None:
    what = "touches" if device.is_touch_screen else "keys"
    log.info("The %s of %s are read (%s).", what, device.name, device.path)


def _tell_problem(problem: str) -> None:
    log.warning("%s", problem)
