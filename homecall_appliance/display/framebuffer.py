"""A framebuffer of the kernel as the screen (Documentation/fb/framebuffer.rst)."""

import logging
import math
import os
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from homecall_appliance.display import fbdev, visibility
from homecall_appliance.display.caption import Caption, Overlay
from homecall_appliance.display.connectors import connectors
from homecall_appliance.display.console import Console
from homecall_appliance.display.pixels import (
    Box,
    FrameFormat,
    Mode,
    Pixels,
    canvas,
    packed,
    turned,
)
from homecall_appliance.display.ports import DisplayError, Frame
from homecall_appliance.display.render import Drawer, Look
from homecall_appliance.display.sysfs import SYSFS, value
from homecall_appliance.display.targets import Target, Targets
from homecall_appliance.display.view import RingingView, View
from homecall_appliance.display.words import Language

log = logging.getLogger(__name__)

SHIFT_SECONDS = 60.0
"""Between two moves of the page by a pixel, so that it does not burn in."""

LOOK_SECONDS = 2.0
"""Between two looks at whether the screen is seen: at its monitors, and at who else draws on it."""


class Framebuffer:
    """Draws into the memory of a screen.

    By write(2), and not by a mapping of it: what is written is shown at once, where the kernel
    looks for changes of a mapping 20 times a second (Documentation/fb/deferred_io.rst), and a
    screen that was unplugged is an error of it.
    """

    def __init__(
        self,
        path: Path,
        language: Language,
        rotation: int,
        console: Path,
        *,
        check: Callable[[], None] = lambda: None,
        dimmed: Callable[[], bool] = lambda: False,
        mode_of: Callable[[int], Mode] = fbdev.mode,
        clock: Callable[[], float] = time.monotonic,
        sysfs: Path = SYSFS,
    ) -> None:
        """`console` is the text console that is shown on the same screen, and is turned alike where
        `rotation` is 0; `check` is called when it is looked at, and raises DisplayError to have
        another one sought; `dimmed` tells whether it is to be dark at this hour. Raises
        DisplayError."""
        self.where = f"the screen {path}"
        self.hidden = ""
        self._path = path
        self._check = check
        self._language = language
        self._dimmed = dimmed
        self._mode_of = mode_of
        self._clock = clock
        self._sysfs = sysfs
        self._next_look = -math.inf
        with ExitStack() as stack:
            try:
                self._descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
                stack.callback(os.close, self._descriptor)
                mode = mode_of(self._descriptor)
            except OSError as error:
                raise DisplayError(
                    f"The screen {path} cannot be opened: {error.strerror}. Check display.device, "
                    "and that the service may use it (group video)."
                ) from error
            self._rotation = rotation or _turned(self._descriptor, sysfs)
            self._use(mode)
            fbdev.wake(self._descriptor)
            self._console = Console(console, sysfs)
            stack.callback(self._console.close)
            stack.callback(self._clear)
            self._close = stack.pop_all()
        self._identity = self._path.stat().st_rdev, self._path.stat().st_ino

    def show(self, view: View) -> None:
        """See `Display.show`."""
        if not self._is_ours():
            self._offer((), view)
            return
        shift = int(self._clock() // SHIFT_SECONDS)
        if box := self._drawer.draw(view, shift=shift, dimmed=self._dimmed()):
            self._put(self._drawer.picture.crop(box), box)
            place = self._place(box)
            self._write(self._memory.data[place], place.start)
        self._offer(self._drawer.targets, view)

    def show_picture(self, frame: Frame, view: View) -> None:
        """See `Display.show_picture`."""
        if not self._is_ours():
            self._offer((), view)
            return
        if frame.format != self.frame_format:
            return
        self._drawer.forget()
        overlays = self._caption.draw(view, dimmed=self._dimmed())
        place = self._place(*(each.box for each in overlays))
        self._memory.data[place] = frame.pixels[place]
        for overlay, pixels in self._as_pixels(overlays):
            self._put_pixels(pixels, overlay.box)
        self._write(frame.pixels[: place.start], 0)
        self._write(self._memory.data[place], place.start)
        self._write(frame.pixels[place.stop :], place.stop)
        self._offer(self._caption.targets, view)

    def close(self) -> None:
        """Clear the screen, and give it back to the console."""
        self._close.close()

    def _use(self, mode: Mode) -> None:
        """Draw in this mode from now on; raises DisplayError."""
        if problem := mode.problem():
            raise DisplayError(
                f"The screen {self._path} cannot be used: {problem}. Choose another mode, or set "
                'display.backend to "terminal".'
            )
        self._mode = mode
        self._memory = np.zeros(mode.size - mode.start, np.uint8)
        self._canvas: Pixels = canvas(self._memory.data, mode, self._rotation)
        height, width = self._canvas.shape
        look = Look((width, height), language=self._language, has_pictures=True)
        self._drawer, self._caption = Drawer(look), Caption(look)
        self._overlays: tuple[Overlay, ...] = ()
        self._overlaid: list[tuple[Overlay, Pixels]] = []
        self.targets = Targets((width, height), self._rotation)
        self._offered: object = None
        self.frame_format = FrameFormat(mode, self._rotation)

    def _is_ours(self) -> bool:
        """Whether to draw: not while somebody looks at another console. Raises DisplayError."""
        try:
            found = self._path.stat()
        except OSError:
            found = None
        if not found or (found.st_rdev, found.st_ino) != self._identity:
            raise DisplayError(f"The screen {self._path} was unplugged. It is sought again.")
        if behind := self._console.hidden():
            self.hidden, self._next_look = behind, -math.inf
            self._drawer.forget()
            return False
        self._follow_mode()
        if self._clock() >= self._next_look:
            self._next_look = self._clock() + LOOK_SECONDS
            self._check()
            self.hidden = visibility.of_framebuffer(
                str(self._path),
                connectors(self._path.name, self._sysfs),
                other_master=fbdev.has_other_master(self._descriptor),
            )
        return True

    def _follow_mode(self) -> None:
        """Begin anew where fbset(1), a driver or a monitor has changed the mode, so that nothing is
        left of what was drawn in the former one."""
        try:
            mode = self._mode_of(self._descriptor)
        except OSError as error:
            raise self._gone(error) from error
        if mode != self._mode:
            log.info("The screen %s has %dx%d pixels now.", self._path, mode.width, mode.height)
            self._clear()
            self._use(mode)

    def _offer(self, targets: tuple[Target, ...], view: View) -> None:
        """Take that these are seen now; of what is not seen none can be tapped."""
        targets = () if self.hidden else targets
        offered = targets, view.visitor if isinstance(view, RingingView) else None
        if offered != self._offered:
            self._offered = offered
            self.targets = replace(self.targets, targets=targets, since=self._clock())

    def _put(self, picture: Image.Image, box: Box) -> None:
        """Put a picture into the memory that is written from, in the box of the upright screen."""
        self._put_pixels(packed(np.asarray(picture), self._mode), box)

    def _put_pixels(self, pixels: Pixels, box: Box) -> None:
        left, top, right, bottom = box
        self._canvas[top:bottom, left:right] = pixels

    def _as_pixels(self, overlays: tuple[Overlay, ...]) -> list[tuple[Overlay, Pixels]]:
        """Return each with its pixels, which are the same until something has changed."""
        if overlays is not self._overlays:
            self._overlays = overlays
            self._overlaid = [
                (each, packed(np.asarray(each.picture), self._mode)) for each in overlays
            ]
        return self._overlaid

    def _place(self, *boxes: Box) -> slice:
        """Return which bytes have the rows of the memory that boxes of the upright screen are in,
        and those between them."""
        height, width = self._canvas.shape
        places = [turned(box, (width, height), self._rotation) for box in boxes]
        first, end = min(top for _, top, _, _ in places), max(bottom for *_, bottom in places)
        stride = self._mode.stride
        return slice(first * stride, min(end * stride, len(self._memory)))

    def _write(self, pixels: memoryview, offset: int = 0) -> None:
        try:
            os.pwrite(self._descriptor, pixels, self._mode.start + offset)
        except OSError as error:
            raise self._gone(error) from error

    def _gone(self, error: OSError) -> DisplayError:
        return DisplayError(f"The screen {self._path} is gone: {error.strerror}.")

    def _clear(self) -> None:
        self._memory.fill(0)
        with suppress(DisplayError):
            self._write(self._memory.data)


def _turned(descriptor: int, sysfs: Path) -> int:
    """Return by how many degrees clockwise the kernel turns its first console, where it shows it on
    this screen: as the panel is mounted, or "fbcon=rotate:" has it (Documentation/fb/fbcon.rst)."""
    quarters = value(sysfs / "class" / "graphics" / "fbcon" / "rotate")
    if not quarters.isdecimal() or not fbdev.has_console(descriptor, 1):
        return 0
    return 90 * int(quarters) % 360
