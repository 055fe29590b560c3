"""A moving test picture with a clock that people and programs can read."""

import time
from collections.abc import Callable, Generator
from fractions import Fraction

import numpy as np
from av import VideoFrame
from PIL import Image, ImageDraw, ImageFont

from homecall_appliance.media.camera.planes import Pixels, pixels
from homecall_appliance.media.pace import Clock, Sleep, ticks

CLOCK_BITS = 32
"""Cells of the machine-readable clock, one bit each."""

STRIP_FRACTION = 20
"""The machine-readable clock is `height // STRIP_FRACTION` pixels high."""

BLACK, WHITE, GREY = 16, 235, 128
"""Luma of black and of white, chroma of both (ITU-R BT.601)."""

# White, yellow, cyan, green, magenta, red, blue, black at 75 % (ITU-R BT.601; SMPTE EG 1).
_BARS = np.array(
    [
        (180, 128, 128),
        (162, 44, 142),
        (131, 156, 44),
        (112, 72, 58),
        (84, 184, 198),
        (65, 100, 212),
        (35, 212, 114),
        (16, 128, 128),
    ],
    np.uint8,
)


class TestPattern:
    """A `media.ports.VideoSource` that needs no camera: scrolling colour bars and a clock.

    The picture, in `yuv420p`:

    - At the very top a strip of `height // 20` rows across the whole width, cut into 32 equal
      cells: cell i covers the columns x with `x * 32 // width == i`. It is the Unix time of the
      frame in milliseconds, modulo 2**32, most significant bit in the leftmost cell; a white cell
      is 1, a black cell is 0. To read it, compare the luma in the middle of each cell with 128.
    - Under it eight colour bars that scroll to the left by two pixels a frame, and in the lowest
      quarter a ramp of greys that scrolls to the right.
    - In the middle, white on black, the same time as a person reads it: HH:MM:SS.mmm, local.

    Frames come at `framerate` a second by `clock`; those missed are left out. `now` is Unix time
    in seconds.
    """

    __test__ = False  # Not a test, whatever pytest makes of the name.

    def __init__(
        self,
        width: int,
        height: int,
        framerate: int,
        *,
        now: Callable[[], float] = time.time,
        clock: Clock = time.monotonic,
        sleep: Sleep = time.sleep,
    ) -> None:
        self._width = width
        self._height = height
        self._framerate = framerate
        self._now = now
        self._clock = clock
        self._sleep = sleep
        self._strip = height // STRIP_FRACTION
        self._cells = np.arange(width) * CLOCK_BITS // width
        self._shifts = np.arange(CLOCK_BITS - 1, -1, -1, dtype=np.uint64)
        # Twice round, so that each frame is one slice of it. Chroma columns are two pixels wide.
        columns = np.arange((width + 1) // 2)
        bars = np.tile(_BARS[columns * len(_BARS) // len(columns)], (2, 1))
        self._luma, self._blue, self._red = np.repeat(bars[:, 0], 2), bars[:, 1], bars[:, 2]
        ramp = BLACK + columns * (WHITE - BLACK) // len(columns)
        self._ramp = np.repeat(np.tile(ramp.astype(np.uint8), 2), 2)
        self._glyphs = _glyphs(height // 8)

    def frames(self) -> Generator[VideoFrame, None, None]:
        """Yield the picture for ever; `pts` counts periods of `framerate`."""
        for tick in ticks(self._framerate, self._clock, self._sleep):
            frame = VideoFrame(self._width, self._height, "yuv420p")
            self._paint(frame, tick, int(self._now() * 1000))
            frame.pts = tick
            frame.time_base = Fraction(1, self._framerate)
            yield frame

    def _paint(self, frame: VideoFrame, tick: int, milliseconds: int) -> None:
        luma, blue, red = (pixels(frame, plane) for plane in range(3))
        period = blue.shape[1]
        left, right = tick % period, -tick % period
        lowest = self._height * 3 // 4
        luma[: self._strip] = self._bits(milliseconds)[self._cells]
        luma[self._strip : lowest] = self._luma[2 * left : 2 * left + self._width]
        luma[lowest:] = self._ramp[2 * right : 2 * right + self._width]
        for chroma, bars in ((blue, self._blue), (red, self._red)):
            chroma[:] = bars[left : left + period]
            chroma[: (self._strip + 1) // 2] = GREY
            chroma[lowest // 2 :] = GREY
        text = self._text(milliseconds)[: self._height, : self._width]
        height, width = text.shape
        top, edge = (self._height - height) // 4 * 2, (self._width - width) // 4 * 2
        luma[top : top + height, edge : edge + width] = text
        for chroma in (blue, red):
            chroma[top // 2 : (top + height + 1) // 2, edge // 2 : (edge + width + 1) // 2] = GREY

    def _bits(self, milliseconds: int) -> Pixels:
        bits = (np.uint64(milliseconds % 2**CLOCK_BITS) >> self._shifts) & np.uint64(1)
        return np.where(bits == 1, WHITE, BLACK).astype(np.uint8)

    def _text(self, milliseconds: int) -> Pixels:
        seconds, rest = divmod(milliseconds, 1000)
        reading = time.strftime("%H:%M:%S", time.localtime(seconds)) + f".{rest:03}"
        return np.hstack([self._glyphs[character] for character in reading])


def _glyphs(height: int) -> dict[str, Pixels]:
    """Luma of the clock's characters, `height` rows each; digits share one width."""
    font = ImageFont.load_default(height * 3 // 4)
    width = max(round(font.getlength(digit)) for digit in "0123456789") // 2 * 2 + 2
    glyphs = {}
    for character in "0123456789:.":
        image = Image.new("L", (width if character.isdigit() else width // 2, height), BLACK)
        middle = (image.width / 2, height / 2)
        ImageDraw.Draw(image).text(middle, character, fill=WHITE, font=font, anchor="mm")
        glyphs[character] = np.array(image)
    return glyphs
