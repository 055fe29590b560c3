"""Values that the kernel tells as files (sysfs(5))."""

from pathlib import Path

SYSFS = Path("/sys")


def value(file: Path) -> str:
    """Return what a file says, in one line; empty: the kernel does not tell."""
    try:
        return file.read_text(errors="replace").strip()
    except OSError:
        return ""
