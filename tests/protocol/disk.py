"""What the process writes to disk, as the interpreter's audit events tell (PEP 578)."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_TRUNC
_CHANGES = {"os.mkdir", "os.rename", "os.link", "os.symlink", "os.truncate", "sqlite3.connect"}


@contextmanager
def written_files() -> Iterator[list[str]]:
    """Yield a list that names what is written to while the context is entered."""
    written: list[str] = []
    watching = True

    def note(event: str, arguments: tuple[object, ...]) -> None:
        if not watching:
            return
        if event in _CHANGES:
            written.append(f"{event} {arguments[0]}")
        elif event == "open" and isinstance(arguments[2], int) and arguments[2] & _WRITING:
            written.append(str(arguments[0]))

    sys.addaudithook(note)  # it stays: there is no way to take one away
    try:
        yield written
    finally:
        watching = False
