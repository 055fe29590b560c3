"""Files that survive a power cut, and files that nobody is to read again."""

import os
from contextlib import suppress
from pathlib import Path


def replace_file(path: Path, data: bytes, mode: int) -> None:
    """Write a file with this mode so that a power cut leaves the old or the new one, never a part.

    Raises OSError; the old file is then untouched, and nothing unfinished stays.
    """
    unfinished = path.with_suffix(f"{path.suffix}.new")
    unfinished.unlink(missing_ok=True)
    try:
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(descriptor, mode)
            file.write(data)
            file.flush()
            os.fsync(descriptor)
        unfinished.replace(path)
    except OSError:
        unfinished.unlink(missing_ok=True)
        raise
    _settle(path.parent)


def move_file(path: Path, target: Path) -> None:
    """Give a file another name in its directory, in the place of what has it. Raises OSError."""
    path.replace(target)
    _settle(path.parent)


def destroy_file(path: Path) -> None:
    """Overwrite a file, if there is one, and remove it. Raises OSError where it cannot be removed.

    A flash disk may keep the old blocks all the same, but no longer as a file of the system.
    """
    with suppress(OSError), path.open("r+b") as file:
        file.write(bytes(path.stat().st_size))
        file.flush()
        os.fsync(file.fileno())
    path.unlink(missing_ok=True)
    _settle(path.parent)


def _settle(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
