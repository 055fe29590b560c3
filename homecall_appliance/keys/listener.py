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
from homecall_appliance.keys.keymap import Keymap
from homecall_appliance.keys.labels import label
from homecall_appliance.keys.ports import CallControl, InputDevice, OpenDevice
from homecall_appliance.keys.presses import Press, Presses

log = logging.getLogger(__name__)


class PressReader:
    """Tells each press of each device that is wanted."""

    def __init__(
        self,
        open_device: OpenDevice,
        is_wanted: Callable[[InputDevice], bool],
        has_long_press: Callable[[int], bool],
        on_press: Callable[[Press], None],
        *,
        on_found: Callable[[InputDevice], None],
        on_problem: Callable[[str], None],
        folder: Path = DEV_INPUT,
        interval: float = INTERVAL,
    ) -> None:
        """See Finder and Presses."""
        self._readable = asyncio.Event()
        self._presses = Presses(has_long_press)
        self._on_press = on_press
        self._finder = Finder(
            open_device,
            is_wanted,
            self._readable.set,
            on_found=on_found,
            on_problem=on_problem,
            folder=folder,
            interval=interval,
        )

    @property
    def codes(self) -> frozenset[int]:
        """The keys of all devices that are read."""
        return self._finder.codes

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
            # After a moment in which nothing could run, this comes after what has happened in it.
            for press in self._presses.held(time.monotonic()):
                self._on_press(press)


class KeyListener:
    """The keys of the appliance."""

    def __init__(
        self,
        settings: Keys,
        control: CallControl,
        open_device: OpenDevice,
        *,
        folder: Path = DEV_INPUT,
        interval: float = INTERVAL,
    ) -> None:
        """`open_device` is keys.evdev_device.open_device; what is pressed is done by `control`."""
        keymap = Keymap(settings)
        self._settings = settings
        self._actions = KeyActions(keymap, control)
        self._reader = PressReader(
            open_device,
            chosen(settings.device, keymap.codes),
            keymap.has_long_press,
            self._perform,
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

    async def run(self) -> NoReturn:
        """Follow the keys until cancelled. What `control` raises ends it; no device does."""
        await self._reader.run()

    def _perform(self, press: Press) -> None:
        if action := self._actions.perform(press):
            log.info("%s was pressed: %s.", key_name(press.code), action)


def _tell_found(device: InputDevice) -> None:
    log.info("The keys of %s are read (%s).", device.name, device.path)


def _tell_problem(problem: str) -> None:
    log.warning("%s", problem)
