"""The memory of a screen, looked at again and again."""

import mmap
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image

from homecall_appliance.display.pixels import Mode, Pixels
from homecall_appliance.display.scaling import fitted
from tests.support.rigs.screen import canvas, colours

POLL_SECONDS = 0.002

CAMERA = 1280, 720
CELLS, CELL = 32, 40
STRIPS = 120, 600
"""The clock of camera.js: two rows of cells, of its 720."""

_TURN = 1 << 24
"""Milliseconds until the clock begins anew."""

_BRIGHT = 128
"""From which green on a cell is white."""


class Memory:
    """The memory of a screen that is a file."""

    def __init__(self, path: Path, mode: Mode, rotation: int) -> None:
        with path.open("r+b") as file:
            buffer = mmap.mmap(file.fileno(), mode.size)
        self.pixels: Pixels = canvas(buffer, mode, rotation)
        """As a person sees them, at this moment."""

        self.mode = mode

    def image(self, pixels: Pixels | None = None) -> Image.Image:
        """What a person sees, or has seen."""
        pixels = self.pixels.copy() if pixels is None else pixels
        return Image.fromarray(colours(pixels, self.mode))


@contextmanager
def looking(look: Callable[[], None]) -> Iterator[None]:
    """Look every other millisecond, in a thread."""
    ended = threading.Event()

    def keep_looking() -> None:
        while not ended.wait(POLL_SECONDS):
            look()

    thread = threading.Thread(target=keep_looking)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


class Ages:
    """How old each picture of camera.js is when it is there as a whole."""

    def __init__(self, memory: Memory) -> None:
        self.milliseconds: list[float] = []
        self._memory = memory
        self._last: int | None = None
        height, width = memory.pixels.shape
        box = fitted(*CAMERA, (width, height))
        share = box.width / CAMERA[0]
        middles = (np.arange(CELLS) + 0.5) * CELL * share + box.left
        self._columns = np.tile(middles.astype(int), len(STRIPS))
        rows = [int((strip + CELL / 2) * share + box.top) for strip in STRIPS]
        self._rows = np.repeat(rows, CELLS)

    def look(self) -> None:
        """Note a new picture."""
        now = time.time() * 1000
        stamp = self._stamp()
        if stamp is None or stamp == self._last:
            return
        if self._last is not None:
            self.milliseconds.append((now - stamp) % _TURN)
        self._last = stamp

    def _stamp(self) -> int | None:
        """The clock of the picture; None: there is none, or it is half drawn."""
        cells = self._memory.pixels[self._rows, self._columns]
        green = colours(cells, self._memory.mode)[:, 1]
        upper, lower = np.packbits(green >= _BRIGHT).reshape(len(STRIPS), -1)
        if np.any(upper != lower):
            return None
        a, b, c, check = map(int, upper)
        return a << 16 | b << 8 | c if (3 * a + 5 * b + 7 * c + 90) & 255 == check else None


class Changes:
    """Each thing that was shown, and since when."""

    def __init__(self, memory: Memory) -> None:
        self.seen: list[tuple[float, Pixels]] = []
        """With the seconds of the Unix epoch at which it was there."""

        self._memory = memory

    def look(self) -> None:
        """Note a change; half of one as well, and then the other half."""
        now = time.time()
        if not self.seen or not np.array_equal(self.seen[-1][1], self._memory.pixels):
            self.seen.append((now, self._memory.pixels.copy()))
