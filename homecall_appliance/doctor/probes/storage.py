"""Whether a folder lasts beyond the next start of the machine (proc(5), mountinfo)."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_IN_MEMORY = ("tmpfs", "ramfs")

_OVERLAY_OPTIONS = {"boot=overlay", "overlayroot=tmpfs"}
"""Of the kernel, as raspi-config sets them, older and newer: the root's upper layer is then in
memory, and mounted where nobody sees it any more."""


@dataclass(frozen=True)
class _Mount:
    place: Path
    kind: str
    options: dict[str, str]


def is_volatile(folder: Path, proc: Path = Path("/proc")) -> bool:
    """Whether what is written into a folder is gone after the next start, and nothing in it has
    outlived one: what was there before the root was made so comes back each time."""
    mounts = [_mount(line) for line in _text(proc / "self" / "mountinfo").splitlines()]
    hidden = not _OVERLAY_OPTIONS.isdisjoint(_text(proc / "cmdline").split())
    if not _in_memory(folder.resolve(), mounts, hidden_layer=hidden):
        return False
    booted = next(
        int(line.split()[1])
        for line in _text(proc / "stat").splitlines()
        if line.startswith("btime ")
    )
    with suppress(OSError):
        return all(each.stat().st_mtime >= booted for each in folder.iterdir())
    return True


def _in_memory(folder: Path, mounts: Sequence[_Mount], *, hidden_layer: bool) -> bool:
    around = [each for each in mounts if folder.is_relative_to(each.place)]
    # Of mounts at one place, the last one is seen.
    mount = max(reversed(around), key=lambda each: len(each.place.parts), default=None)
    if mount is None:
        return False
    if mount.kind == "overlay":
        others = [each for each in mounts if each is not mount]
        upper = Path(mount.options.get("upperdir", "/"))
        return hidden_layer or _in_memory(upper, others, hidden_layer=False)
    return mount.kind in _IN_MEMORY


def _mount(line: str) -> _Mount:
    # 36 35 98:0 /root /mount-point rw,noatime optional… - type source rw,upperdir=…
    before, _, after = line.partition(" - ")
    place = before.split(" ")[4].replace("\\040", " ")
    kind, _, options = after.split(" ", 2)
    pairs = (each.partition("=") for each in options.split(","))
    return _Mount(Path(place), kind, {name: value for name, _, value in pairs})


def _text(file: Path) -> str:
    return file.read_text("utf-8", "replace")
