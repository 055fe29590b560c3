"""The input devices that are there: opened when plugged in, and let go when pulled out.

A look at the folder every second or two finds them, with udev and without it. Nothing that a device
does ends it.
"""

import asyncio
import errno
import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from homecall_appliance.keys import rights
from homecall_appliance.keys.flood import MOST_EVENTS, FloodGuard
from homecall_appliance.keys.ports import (
    EventsLost,
    InputDevice,
    InputEvent,
    NoInputLibraryError,
    OpenDevice,
)

log = logging.getLogger(__name__)

DEV_INPUT = Path("/dev/input")

INTERVAL = 1.0
"""Seconds between two looks. A device is opened at the second look that finds it unchanged, when
udev has given it to its group."""

RETRY = 60.0
"""Seconds for which a device that fails, or floods, is left alone."""

_GONE = {errno.ENODEV, errno.ENXIO, errno.ENOENT}
_DENIED = {errno.EACCES, errno.EPERM}


@dataclass(frozen=True, order=True)
class Node:
    """A device file, as it is at one moment: another one, or other rights, make another node."""

    path: str
    inode: int
    changed: int


@dataclass(frozen=True)
class _Opened:
    device: InputDevice
    node: Node
    flood: FloodGuard = field(default_factory=FloodGuard)


class Finder:
    """Keeps those input devices open that are wanted."""

    def __init__(
        self,
        open_device: OpenDevice,
        is_wanted: Callable[[InputDevice], bool],
        on_readable: Callable[[], None],
        *,
        on_found: Callable[[InputDevice], None],
        on_problem: Callable[[str], None],
        folder: Path = DEV_INPUT,
        interval: float = INTERVAL,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """`is_wanted` is called in a thread; `on_readable` while there are events to be read.
        `on_found` is told of each device that is opened. `on_problem` is told in a sentence, once,
        that there is no library or no right to open one."""
        self._open_device = open_device
        self._is_wanted = is_wanted
        self._on_readable = on_readable
        self._on_found = on_found
        self._on_problem = on_problem
        self._folder = folder
        self._interval = interval
        self._now = now
        self._opened: dict[str, _Opened] = {}
        self._looked_at: dict[Node, float] = {}
        """Until when a node is not to be opened (again)."""
        self._told: set[str] = set()

    @property
    def codes(self) -> frozenset[int]:
        """The keys of all devices that are open."""
        return frozenset[int]().union(*(each.device.codes for each in self._opened.values()))

    @property
    def has_touch_screen(self) -> bool:
        """Whether one of them is a touch screen."""
        return any(each.device.is_touch_screen for each in self._opened.values())

    async def follow(self) -> NoReturn:
        """Look again and again until cancelled; then every device has been let go."""
        try:
            before = self._nodes()
            while True:
                nodes = self._nodes()
                await self._look_at(nodes & before)
                before = nodes
                await asyncio.sleep(self._interval)
        finally:
            for opened in list(self._opened.values()):
                self._close(opened)

    async def _look_at(self, nodes: frozenset[Node]) -> None:
        """Open those that are new."""
        now = self._now()
        self._looked_at = {
            node: until for node, until in self._looked_at.items() if node in nodes and until > now
        }
        for node in sorted(nodes - self._looked_at.keys()):
            # udev touches a node that it looks at anew (futimens): it is still the same device.
            if node.path not in self._opened:
                self._looked_at[node] = math.inf
                await self._open(node)

    async def _open(self, node: Node) -> None:
        try:
            device = await self._open_in_thread(node.path)
            if device:
                asyncio.get_running_loop().add_reader(device.fileno(), self._on_readable)
                self._opened[node.path] = _Opened(device, node)
                self._on_found(device)
        except NoInputLibraryError as error:
            self._tell(str(error))
        except OSError as error:
            if error.errno in _DENIED:
                self._tell(rights.advice(error, node.path))
            else:
                self._failed(node, error)

    async def _open_in_thread(self, path: str) -> InputDevice | None:
        """Open one; when cancelled, wait for the thread, and let go what it has opened."""
        opening = asyncio.ensure_future(asyncio.to_thread(self._open_wanted, path))
        try:
            return await asyncio.shield(opening)
        except asyncio.CancelledError:
            await asyncio.wait({opening})
            if not opening.exception() and (device := opening.result()):
                device.close()
            raise

    def _open_wanted(self, path: str) -> InputDevice | None:
        """Open one in a thread; None: it is not wanted."""
        device = self._open_device(path)
        if self._is_wanted(device):
            return device
        device.close()
        return None

    def read(self) -> list[tuple[str, InputEvent]]:
        """Return all events that there are now, in the order of each device, with its path. One
        that is gone has lost events."""
        found: list[tuple[str, InputEvent]] = []
        for path, opened in list(self._opened.items()):
            try:
                while self._read_some(opened, found):
                    pass
            except OSError as error:
                found.append((path, EventsLost()))
                self._close(opened)
                self._failed(opened.node, error)
        return found

    def _read_some(self, opened: _Opened, found: list[tuple[str, InputEvent]]) -> int:
        events, count = opened.device.read()
        found.extend((opened.node.path, event) for event in events)
        if opened.flood.exceeded(count, self._now()):
            raise OSError(errno.EOVERFLOW, f"more than {MOST_EVENTS} events in a second")
        return count

    def _failed(self, node: Node, error: OSError) -> None:
        if error.errno in _GONE:
            self._looked_at.pop(node, None)
            return
        self._looked_at[node] = self._now() + RETRY
        log.warning(
            "The input device %s fails (%s). It is tried again in a minute; unplug it if it is "
            "broken.",
            node.path,
            error.strerror,
        )

    def _close(self, opened: _Opened) -> None:
        del self._opened[opened.node.path]
        asyncio.get_running_loop().remove_reader(opened.device.fileno())
        opened.device.close()
        log.info("The input device %s is let go.", opened.node.path)

    def _tell(self, problem: str) -> None:
        if problem not in self._told:
            self._told.add(problem)
            self._on_problem(problem)

    def _nodes(self) -> frozenset[Node]:
        return frozenset(filter(None, map(_node, self._folder.glob("event*"))))


def _node(path: Path) -> Node | None:
    try:
        found = path.stat()
    except OSError:
        return None  # gone meanwhile
    return Node(str(path), found.st_ino, found.st_ctime_ns)
