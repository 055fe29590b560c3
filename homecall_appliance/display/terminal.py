"""A terminal, or any other text stream, as the screen."""

import os
import shutil
from collections.abc import Callable, Sequence
from typing import TextIO

from homecall_appliance.display import font
from homecall_appliance.display.layout import HALVES, Line, lay_out
from homecall_appliance.display.ports import DisplayError
from homecall_appliance.display.view import View
from homecall_appliance.display.words import LETTERS, Language

# Colours 16 and 231 of 256 are black and white whatever the theme (xterm's colour cube).
_BLACK_ON_WHITE = "\x1b[38;5;16;48;5;231m"
_PLAIN = "\x1b[m"
_CLEAR = "\x1b[H\x1b[2J"
_COLUMNS_WITHOUT_TERMINAL = 80


class Terminal:
    """Shows a view in characters.

    A terminal is cleared for every view, and the code is black on white, so that it can be
    scanned on dark and light themes alike. What stood there before the first view is scrolled
    up, not lost. Any other stream gets plain text, one view after the other; there ink is dark:
    the code can be scanned where the text is black on white, as in a viewer or on paper.
    """

    frame_format = None
    show_picture = None
    targets = None

    def __init__(
        self,
        stream: TextIO,
        language: Language,
        size: Callable[[], os.terminal_size] = shutil.get_terminal_size,
        *,
        owned: bool = False,
        unseen: Callable[[], str] = lambda: "",
        lacks: Callable[[int, str], bool] = font.lacks,
    ) -> None:
        """An `owned` stream is closed in the end; `unseen` tells `Display.hidden`; `lacks` tells
        whether the font of a terminal has not all of some characters.

        Raises DisplayError where the stream's character set has no half blocks.
        """
        try:
            f"{HALVES}█".encode(stream.encoding or "utf-8")
        except UnicodeEncodeError as error:
            raise DisplayError(
                f"The terminal's character set {stream.encoding} cannot show the code. "
                "Set LANG to a UTF-8 locale, such as C.UTF-8."
            ) from error
        self.where = (
            f"the terminal {os.ttyname(stream.fileno())}"
            if _is_device(stream)
            else "the standard output"
        )
        self._stream = stream
        self._language = language
        self._size = size
        self._owned = owned
        self._unseen = unseen
        self.hidden = ""
        self._lacks = lacks
        self._shown: tuple[tuple[Line, ...], os.terminal_size | None] | None = None

    def show(self, view: View) -> None:
        """Show this view; it is not written each second, nor with the time of day: lines that are
        read, or selected, stay."""
        self.hidden = self._unseen()
        size = self._size() if self._stream.isatty() else None
        # Another font may be loaded at any time (setfont(8)), and is while the machine starts.
        halves = not self._font_lacks(HALVES)
        language = "en" if self._font_lacks(LETTERS[self._language]) else self._language
        columns, rows = size or (_COLUMNS_WITHOUT_TERMINAL, None)
        lines = lay_out(view, language, columns, rows, halves=halves)
        if (lines, size) == self._shown:
            return
        self._write(self._drawn(lines, size.lines) if size else _appended(lines))
        self._shown = lines, size

    def close(self) -> None:
        """Leave the last view where it is, and the cursor on a line of its own."""
        if self._stream.isatty() and self._shown is not None:
            self._write(f"{_PLAIN}\n")
        if self._owned:
            self._stream.close()

    def _font_lacks(self, characters: str) -> bool:
        return _is_device(self._stream) and self._lacks(self._stream.fileno(), characters)

    def _drawn(self, lines: Sequence[Line], rows: int) -> str:
        before = "\n" * rows if self._shown is None else ""
        after = "\n" if len(lines) < rows else ""
        return before + _CLEAR + "\n".join(map(_coloured, lines)) + after

    def _write(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except OSError as error:
            raise DisplayError(f"The terminal is gone: {error.strerror}.") from error


def _appended(lines: Sequence[Line]) -> str:
    return "".join(f"{line.code}{line.text}\n" for line in lines) + "\n"


def _is_device(stream: TextIO) -> bool:
    try:
        return os.isatty(stream.fileno())
    except OSError:  # a stream of the memory has no descriptor
        return False


def _coloured(line: Line) -> str:
    return f"{_BLACK_ON_WHITE}{line.code}{_PLAIN}{line.text}" if line.code else line.text
