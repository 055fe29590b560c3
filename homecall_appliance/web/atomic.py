"""Files that survive a power cut."""

import os
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
    directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
