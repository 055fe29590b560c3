"""The daemon with a file in place of the memory of its screen, in one of several modes.

    python tests/support/rigs/screen.py MEMORY xrgb8888 run --config homecall.toml

The display, and all else, is the daemon's own (homecall_appliance/display/framebuffer.py); only
what the kernel would tell of the mode is told here. Beside the memory stands a file with the states
that its calls come to.
"""

import logging
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from homecall_appliance import cli
from homecall_appliance.app import display
from homecall_appliance.calls import call
from homecall_appliance.display.framebuffer import Framebuffer
from homecall_appliance.display.pixels import Channel, Mode, Picture, Pixels
from homecall_appliance.display.words import Language

WIDTH, HEIGHT = 1280, 720

MODES = {
    "xrgb8888": Mode(WIDTH, HEIGHT, 32, 4 * WIDTH, 0, Channel(16, 8), Channel(8, 8), Channel(0, 8)),
    "rgb565": Mode(WIDTH, HEIGHT, 16, 2 * WIDTH, 0, Channel(11, 5), Channel(5, 6), Channel(0, 5)),
}


@dataclass(frozen=True)
class State:
    """What a call has come to."""

    time: float
    """Seconds of the Unix epoch."""

    session_id: str

    name: str
    """As of `negotiation.CallState`."""


def command(memory: Path, mode: str = "xrgb8888") -> tuple[str, ...]:
    """What to run in place of `homecall-appliance`; makes the memory."""
    memory.write_bytes(bytes(MODES[mode].size))
    return sys.executable, __file__, str(memory), mode


def states(memory: Path) -> list[State]:
    """What its calls have come to, the oldest first."""
    lines = (line.split() for line in _states(memory).read_text("utf-8").splitlines())
    return [State(float(time), session_id, name) for time, session_id, name in lines]


def picture(memory: Path) -> Image.Image:
    """What a person sees on a screen of the first mode that is not turned."""
    mode = MODES["xrgb8888"]
    return Image.fromarray(colours(canvas(memory.read_bytes(), mode, 0), mode))


def canvas(memory: Any, mode: Mode, rotation: int) -> Pixels:
    """The pixels in a buffer, as a person sees them on a screen that is turned by `rotation`."""
    strides = mode.stride, mode.bits // 8
    shape = mode.height, mode.width
    return np.rot90(np.ndarray(shape, mode.pixel, memory, mode.start, strides), rotation // 90)


def colours(pixels: Pixels, mode: Mode) -> Picture:
    """The same as red, green and blue."""
    channels = (
        (pixels >> each.offset & (1 << each.length) - 1) * 255 // ((1 << each.length) - 1)
        for each in (mode.red, mode.green, mode.blue)
    )
    return np.stack([*channels], axis=-1).astype(np.uint8)


def main() -> None:
    """Run a command of the daemon's."""
    memory, mode, *arguments = sys.argv[1:]
    vars(display)["open_display"] = partial(_open_display, Path(memory), MODES[mode])
    call.log.addHandler(_Diary(_states(Path(memory))))
    cli.main(arguments)


def _open_display(
    memory: Path,
    mode: Mode,
    _backend: str,
    _device: str,
    rotation: int,
    *,
    language: Language,
    dimmed: Callable[[], bool],
    **_others: object,
) -> Framebuffer:
    console = memory.with_name("no-console")
    return Framebuffer(memory, language, rotation, console, dimmed=dimmed, mode_of=lambda _: mode)


def _states(memory: Path) -> Path:
    return memory.with_name(f"{memory.name}-states")


class _Diary(logging.Handler):
    """Writes down what a call has come to, and when."""

    def __init__(self, path: Path) -> None:
        super().__init__(logging.INFO)
        self._file = path.open("w", buffering=1, encoding="utf-8")

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line."""
        state = getattr(record, "CALL_STATE", None)
        if state:
            self._file.write(f"{record.created} {vars(record)['SESSION_ID']} {state}\n")


if __name__ == "__main__":
    main()
