"""The daemon with a file in place of the memory of its screen.

    python tests/rigs/screen.py FILE run --config homecall.toml

All else of the screen is the daemon's own: see homecall_appliance/display/framebuffer.py.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image

from homecall_appliance import app, cli
from homecall_appliance.display.framebuffer import Framebuffer
from homecall_appliance.display.pixels import Channel, Mode
from homecall_appliance.display.view import Language

WIDTH, HEIGHT = 1280, 720

MODE = Mode(WIDTH, HEIGHT, 32, 4 * WIDTH, 0, Channel(16, 8), Channel(8, 8), Channel(0, 8))
"""XRGB8888."""


def command(memory: Path) -> tuple[str, ...]:
    """What to run in place of `homecall-appliance`; makes the memory."""
    memory.write_bytes(bytes(MODE.size))
    return sys.executable, __file__, str(memory)


def picture(memory: Path) -> Image.Image:
    """What a person sees."""
    return Image.frombytes("RGB", (WIDTH, HEIGHT), memory.read_bytes(), "raw", "BGRX")


def main() -> None:
    """Run a command of the daemon's."""
    memory = Path(sys.argv[1])

    def open_display(
        *_: object, language: Language, dimmed: Callable[[], bool], **_others: Any
    ) -> Framebuffer:
        console = memory.with_name("console")
        return Framebuffer(memory, language, 0, console, dimmed=dimmed, mode_of=lambda _: MODE)

    vars(app)["open_display"] = open_display
    cli.main(sys.argv[2:])


if __name__ == "__main__":
    main()
