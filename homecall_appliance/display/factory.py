"""The screen that the configuration names."""

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Literal, TextIO, assert_never

from homecall_appliance.display.connectors import is_connected
from homecall_appliance.display.console import (
    behind_another,
    is_console,
    shown_nowhere,
    take_for_text,
)
from homecall_appliance.display.devices import framebuffers
from homecall_appliance.display.framebuffer import Framebuffer
from homecall_appliance.display.image import SIZE, ImageFile
from homecall_appliance.display.luma import open_panel
from homecall_appliance.display.none import NoDisplay
from homecall_appliance.display.ports import Display, DisplayError
from homecall_appliance.display.render import Look
from homecall_appliance.display.sysfs import SYSFS
from homecall_appliance.display.terminal import Terminal
from homecall_appliance.display.view import FailedView
from homecall_appliance.display.words import Language

CONSOLE = Path("/dev/tty1")
"""The first console: the Pi's own screen, until something graphic has it."""

DEV = Path("/dev")

FRAMEBUFFER = DEV / "fb0"

_SERIAL = 80, 24
"""Columns and rows of what is at the other end of a serial line (the VT100's)."""

Backend = Literal["auto", "framebuffer", "terminal", "luma", "image", "none"]


def open_display(
    backend: Backend,
    device: str,
    rotation: int,
    *,
    language: Language,
    stream: TextIO | None,
    dimmed: Callable[[], bool] = lambda: False,
    console: Path = CONSOLE,
    dev: Path = DEV,
    sysfs: Path = SYSFS,
) -> Display:
    """The screen of the configuration's table `display`, ready to show; `stream` is the terminal,
    None where what is written goes to a log, which must not get the code: it lets people in.
    `dimmed` tells whether the screen is to be dark at this hour.

    Raises DisplayError with a sentence for the owner.
    """

    opened = partial(
        Framebuffer,
        language=language,
        rotation=rotation,
        console=console,
        dimmed=dimmed,
        sysfs=sysfs,
    )

    def framebuffer() -> Display:
        return opened(Path(device)) if device else _first(dev, sysfs, opened)

    match backend:
        case "auto":
            terminal = Path(device) if device else console
            return _found(stream, terminal, language, dev=dev, framebuffer=framebuffer)
        case "terminal":
            named = Path(device) if device else console
            return Terminal(stream, language) if stream and not device else _opened(named, language)
        case "luma":
            return open_panel(device, language, rotation, dimmed=dimmed)
        case "image":
            if not device:
                raise DisplayError("Set display.device to the path of the PNG file to write.")
            return ImageFile(Path(device), Look(SIZE, rotation, language))
        case "none":
            return NoDisplay()
        case "framebuffer":
            return framebuffer()
        case _:
            assert_never(backend)


def _found(
    stream: TextIO | None,
    terminal: Path,
    language: Language,
    *,
    dev: Path,
    framebuffer: Callable[[], Display],
) -> Display:
    """Take the terminal that the appliance was started in, else a screen, else the console, until
    there is a screen: its driver may take longer to start than the appliance.

    Anything else that takes text, such as a file, does not get the code unasked.
    """
    if stream and stream.isatty():
        return Terminal(stream, language)
    known = framebuffers(dev)
    with suppress(DisplayError):
        return framebuffer()

    def look_for_others() -> None:
        if framebuffers(dev) != known:
            raise DisplayError("Another screen was found. It is tried instead of the console.")

    with suppress(DisplayError):
        return _opened(terminal, language, look_for_others)
    raise DisplayError(
        "No screen was found, and nobody can scan the code. Connect one, choose another in the "
        "section [display] of the configuration, or type: homecall-appliance link"
    )


def _first(dev: Path, sysfs: Path, opened: Callable[..., Display]) -> Display:
    """Take a screen that has a monitor, else one that may get one: which number each has is settled
    anew at every start of the machine. Raises DisplayError."""

    def connected(path: Path) -> bool:
        return is_connected(path.name, sysfs)

    def look_for_monitors(but: Path) -> None:
        if not connected(but) and any(connected(each.path) for each in framebuffers(dev)):
            raise DisplayError(f"Another screen has a monitor. It is tried instead of {but}.")

    paths = [each.path for each in framebuffers(dev)] or [FRAMEBUFFER]
    first, *others = sorted(paths, key=connected, reverse=True)
    try:
        return opened(first, check=partial(look_for_monitors, first))
    except DisplayError:
        for path in others:
            with suppress(DisplayError):
                return opened(path, check=partial(look_for_monitors, path))
        raise


def _opened(path: Path, language: Language, check: Callable[[], None] = lambda: None) -> Display:
    """Open a terminal by its path; `check` is called before it shows anything.

    Raises DisplayError.
    """
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
    size = partial(_size, descriptor, check)
    if not is_console(descriptor):
        return Terminal(stream, language, size, owned=True)
    take_for_text(descriptor)
    return Terminal(stream, language, size, owned=True, unseen=partial(_unseen, path.name))


def tell_failure(
    reasons: Sequence[str], language: Language, *, tried_again: bool, console: Path = CONSOLE
) -> None:
    """Write on the console, where there is one, why the appliance is not there: until it is, or
    somebody logs in elsewhere, nobody else writes there."""
    with suppress(DisplayError):
        screen = _opened(console, language)
        try:
            screen.show(FailedView(tuple(reasons), tried_again))
        finally:
            screen.close()


def _unseen(console: str) -> str:
    return shown_nowhere(console) or behind_another(console)


def _size(terminal: int, check: Callable[[], None]) -> os.terminal_size:
    """Columns and rows; a serial line knows none."""
    check()
    try:
        size = os.get_terminal_size(terminal)
    except OSError as error:
        raise DisplayError(f"The terminal is gone: {error.strerror}.") from error
    return size if all(size) else os.terminal_size(_SERIAL)
