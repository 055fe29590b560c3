"""The screens that the kernel has (Documentation/fb/framebuffer.rst)."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Screen:
    """A framebuffer; what the kernel does not tell is empty or 0."""

    path: Path
    name: str
    width: int
    height: int


def framebuffers(dev: Path = Path("/dev"), sysfs: Path = Path("/sys")) -> list[Screen]:
    """Every framebuffer, in the order of their numbers. None is opened."""
    found = sorted(dev.glob("fb[0-9]*"), key=lambda path: int(path.name[2:]))
    return [_screen(path, sysfs / "class" / "graphics" / path.name) for path in found]


def _screen(path: Path, about: Path) -> Screen:
    width, _, height = _text(about / "virtual_size").partition(",")
    return Screen(
        path,
        _text(about / "name"),
        int(width) if width.isdecimal() else 0,
        int(height) if height.isdecimal() else 0,
    )


def _text(file: Path) -> str:
    try:
        return file.read_text(errors="replace").strip()
    except OSError:
        return ""
