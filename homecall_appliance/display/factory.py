"""The screen that the configuration names."""

import logging
import os
from contextlib import suppress
from pathlib import Path
from typing import Literal, TextIO, assert_never

from homecall_appliance.display.image import ImageFile
from homecall_appliance.display.none import NoDisplay
from homecall_appliance.display.ports import Display, DisplayError
from homecall_appliance.display.terminal import Terminal
from homecall_appliance.display.view import Language

log = logging.getLogger(__name__)

CONSOLE = Path("/dev/tty1")
"""The first console: the Pi's own screen, until something graphic has it."""

Backend = Literal["auto", "framebuffer", "terminal", "image", "none"]


def open_display(
    backend: Backend,
    device: str,
    rotation: int,
    *,
    language: Language,
    stream: TextIO,
    console: Path = CONSOLE,
) -> Display:
    """The screen of the configuration's table `display`, ready to show; `stream` is the terminal.

    Raises DisplayError with a sentence for the owner.
    """
    match backend:
        case "auto":
            return _found(stream, Path(device) if device else console, language)
        case "terminal" if device:
            return _opened(Path(device), language)
        case "terminal":
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


def _found(stream: TextIO, console: Path, language: Language) -> Display:
    """Take the terminal that the appliance was started in, else the machine's console.

    Anything else that takes text, such as the journal, must not get the code: it lets people in.
    """
    if stream.isatty():
        return Terminal(stream, language)
    with suppress(DisplayError):
        return _opened(console, language)
    log.warning(
        "No screen was found, and nobody can scan the code. Connect one, choose another in the "
        "section [display] of the configuration, or type: homecall-appliance link"
    )
    return NoDisplay()


def _opened(path: Path, language: Language) -> Display:
    """Open a terminal by its path; raises DisplayError."""
    try:
        # Buffered by the whole view, and never the controlling terminal: its Ctrl+C is not ours.
        descriptor = os.open(path, os.O_WRONLY | os.O_NOCTTY)
        stream = os.fdopen(descriptor, "w", encoding="utf-8")
    except OSError as error:
        raise DisplayError(
            f"The terminal {path} cannot be opened: {error.strerror}. Check display.device, and "
            "that the service may write there (group tty)."
        ) from error
    if not stream.isatty():
        stream.close()
        raise DisplayError(f"{path} is no terminal. Check display.device.")
    return Terminal(stream, language, lambda: os.get_terminal_size(descriptor), owned=True)
