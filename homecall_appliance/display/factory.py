"""The screen that the configuration names."""

from pathlib import Path
from typing import Literal, TextIO, assert_never

from homecall_appliance.display.image import ImageFile
from homecall_appliance.display.none import NoDisplay
from homecall_appliance.display.ports import Display, DisplayError
from homecall_appliance.display.terminal import Terminal
from homecall_appliance.display.view import Language

Backend = Literal["auto", "framebuffer", "terminal", "image", "none"]


def open_display(
    backend: Backend, device: str, rotation: int, *, language: Language, stream: TextIO
) -> Display:
    """The screen of the configuration's table `display`, ready to show; `stream` is the terminal.

    Raises DisplayError with a sentence for the owner.
    """
    match backend:
        case "auto" | "terminal":
            return Terminal(stream, language)
        case "image":
            if not device:
                raise DisplayError("Set display.device to the path of the PNG file to write.")
            return ImageFile(Path(device), language, rotation)
        case "none":
            return NoDisplay()
        case "framebuffer":
            raise DisplayError(
                "This version cannot show the code on a framebuffer. "
                'Set display.backend to "terminal", "image" or "none".'
            )
        case _:
            assert_never(backend)
