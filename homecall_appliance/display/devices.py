"""The screens that the kernel has (Documentation/fb/framebuffer.rst)."""

from dataclasses import dataclass
from pathlib import Path

from homecall_appliance.display.sysfs import SYSFS, value


@dataclass(frozen=True)
class Screen:
    """A framebuffer; what the kernel does not tell is empty or 0."""

    path: Path
    name: str
    width: int
    height: int


def framebuffers(dev: Path = Path("/dev"), sysfs: Path = SYSFS) -> list[Screen]:
    """Every framebuffer, in the order of their numbers. None is opened."""
    found = sorted(dev.glob("fb[0-9]*"), key=lambda path: int(path.name[2:]))
    return [_screen(path, sysfs / "class" / "graphics" / path.name) for path in found]


def _screen(path: Path, about: Path) -> Screen:
    width, _, height = value(about / "virtual_size").partition(",")
    return Screen(
        path,
        value(about / "name"),
        int(width) if width.isdecimal() else 0,
        int(height) if height.isdecimal() else 0,
    )
