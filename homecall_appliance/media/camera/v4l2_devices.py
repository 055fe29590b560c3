"""The cameras that the kernel's Video4Linux2 knows."""

import fcntl
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from homecall_appliance.media.camera.modes import COLOURLESS
from homecall_appliance.media.camera.v4l2_controls import pixel_formats

# linux/videodev2.h: struct v4l2_capability, its ioctl, and two flags of device_caps.
_CAPABILITY = struct.Struct("=16s32s32sIII12x")
_VIDIOC_QUERYCAP = 0x8068_5600
_VIDEO_CAPTURE = 0x0000_0001
_STREAMING = 0x0400_0000

# Stages of the Pi's own camera pipeline. They capture too, but only libcamera can drive them.
_PI_STAGES = frozenset({"bcm2835-isp", "pispbe", "rp1-cfe", "unicam"})


@dataclass(frozen=True)
class Capability:
    """What a V4L2 device says of itself (VIDIOC_QUERYCAP)."""

    driver: str
    name: str
    bus: str
    flags: int

    @property
    def is_camera(self) -> bool:
        """Whether it yields pictures by itself."""
        wanted = _VIDEO_CAPTURE | _STREAMING
        return self.flags & wanted == wanted and self.driver not in _PI_STAGES


def capability(path: Path) -> Capability | None:
    """Ask a device; None for what is not a V4L2 device, or may not be opened."""
    buffer = bytearray(_CAPABILITY.size)
    try:
        with path.open("rb", buffering=0) as device:
            fcntl.ioctl(device, _VIDIOC_QUERYCAP, buffer)
    except OSError:
        return None
    driver, name, bus, _version, _whole, flags = _CAPABILITY.unpack(buffer)
    return Capability(_text(driver), _text(name), _text(bus), flags)


def list_cameras(
    dev: Path = Path("/dev"),
    ask: Callable[[Path], Capability | None] = capability,
    formats: Callable[[str], frozenset[str]] = pixel_formats,
) -> list[tuple[Path, Capability]]:
    """Every camera that may be opened, in the order of preference: those with colours before the
    infrared one beside them, USB ones before others."""
    found = []
    for path in dev.glob("video[0-9]*"):
        if not path.name[5:].isdecimal():  # a link of the owner's, to one of the others
            continue
        answer = ask(path)
        if answer is not None and answer.is_camera:
            given = formats(str(path))
            colourless = bool(given) and given <= COLOURLESS
            elsewhere = not answer.bus.startswith("usb")
            found.append((colourless, elsewhere, int(path.name[5:]), path, answer))
    return [(path, answer) for *_, path, answer in sorted(found, key=lambda each: each[:3])]


def links_to(path: Path, dev: Path = Path("/dev")) -> list[Path]:
    """The lasting names of a device, as udev makes them in v4l/by-id and by-path, or its owner."""
    found = [*dev.iterdir(), *dev.glob("v4l/by-*/*")]
    return sorted(each for each in found if each.is_symlink() and each.resolve() == path.resolve())


def lasting_name(path: Path, dev: Path = Path("/dev")) -> Path:
    """The name that a camera keeps when its number changes: one that udev has made of its serial
    number, else of where it is plugged in; else `path`."""
    names = [each for each in links_to(path, dev) if each.parent.parent.name == "v4l"]
    return min(names, key=lambda each: (each.parent.name != "by-id", each), default=path)


def _text(field: bytes) -> str:
    return field.partition(b"\0")[0].decode(errors="replace")
