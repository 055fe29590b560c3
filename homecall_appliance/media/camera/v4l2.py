"""A USB camera, through the kernel's Video4Linux2."""

import errno
import fcntl
import struct
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import av
from av import Packet, VideoFrame, VideoStream
from av.container import InputContainer

from homecall_appliance.media.camera.v4l2_controls import pixel_formats
from homecall_appliance.media.ports import DeviceError

# linux/videodev2.h: struct v4l2_capability, its ioctl, and two flags of device_caps.
_CAPABILITY = struct.Struct("=16s32s32sIII12x")
_VIDIOC_QUERYCAP = 0x8068_5600
_VIDEO_CAPTURE = 0x0000_0001
_STREAMING = 0x0400_0000

# Stages of the Pi's own camera pipeline. They capture too, but only libcamera can drive them.
_PI_STAGES = frozenset({"bcm2835-isp", "pispbe", "rp1-cfe", "unicam"})


# Pixel formats without colour, of infrared and depth cameras (linux/videodev2.h).
_COLOURLESS = frozenset(
    {"GREY", "Y8  ", "Y8I ", "Y10 ", "Y10B", "Y12 ", "Y12I", "Y14 ", "Y16 ", "Z16 ", "INZI", "CNF4"}
)


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
            colourless = bool(given) and given <= _COLOURLESS
            elsewhere = not answer.bus.startswith("usb")
            found.append((colourless, elsewhere, int(path.name[5:]), path, answer))
    return [(path, answer) for *_, path, answer in sorted(found, key=lambda each: each[:3])]


def links_to(path: Path, dev: Path = Path("/dev")) -> list[Path]:
    """The lasting names of a device, as udev makes them in v4l/by-id and by-path, or its owner."""
    found = [*dev.iterdir(), *dev.glob("v4l/by-*/*")]
    return sorted(each for each in found if each.is_symlink() and each.resolve() == path.resolve())


def _text(field: bytes) -> str:
    return field.partition(b"\0")[0].decode(errors="replace")


class V4l2Camera:
    """A `media.ports.VideoSource` for webcams.

    `device` is a path such as /dev/video0; "" is the first camera in `dev`, USB ones before
    others. A size or rate that the camera does not have is replaced by its nearest. `driver` is
    FFmpeg's name of the input.
    """

    def __init__(
        self,
        device: str,
        width: int,
        height: int,
        framerate: int,
        *,
        dev: Path = Path("/dev"),
        ask: Callable[[Path], Capability | None] = capability,
        driver: str = "v4l2",
    ) -> None:
        self._device = device
        self._framerate = framerate
        self._options = {"video_size": f"{width}x{height}", "framerate": str(framerate)}
        self._dev = dev
        self._ask = ask
        self._driver = driver

    def frames(self) -> Generator[VideoFrame, None, None]:
        """Yield frames as the camera delivers them; `pts` is the kernel's time of capture.

        Raises DeviceError when there is no camera, it is in use, or it was pulled out.
        """
        path = self.path()
        with self._watched(path), self._open(path) as container:
            yield from self._decode(container)

    def packets(self, path: str) -> Generator["Packet[VideoStream]", None, None]:
        """Yield H.264 as the camera at that path encodes it, buffer by buffer.

        `pts` is the kernel's time of capture. None at all where the camera does not have it after
        all. Raises DeviceError as `frames()`, and av.FFmpegError thrown in becomes one.
        """
        try:
            # FFmpeg would look at pictures for a second or more before it passes any on, to learn
            # what nobody here asks for.
            container = self._open_as(path, "h264", probesize="32")
        except av.FFmpegError:
            return
        with container:
            video = container.streams.video[0]
            if video.codec_context.name != "h264":
                return
            with self._watched(path):
                yield from container.demux(video)

    def path(self) -> str:
        """The device. Raises DeviceError when there is none."""
        return self._device or self._first()

    @contextmanager
    def _watched(self, path: str) -> Iterator[None]:
        try:
            yield
        except av.FFmpegError as error:
            if error.errno == errno.ENOSPC:
                raise DeviceError(
                    f"The USB has no room for the pictures of the camera {path}. Plug it in "
                    "elsewhere, without a hub, or make camera.width and camera.height smaller."
                ) from error
            raise DeviceError(
                f"The camera {path} does not work: {error.strerror}. "
                "Plug it in again, and end other programs that use it."
            ) from error
        raise DeviceError(f"The camera {path} stopped. Plug it in again.")

    def _open(self, path: str) -> InputContainer:
        try:
            # USB 2 carries 720p at 30 a second only compressed; FFmpeg would prefer raw pictures.
            return self._open_as(path, "mjpeg")
        except av.FFmpegError:
            return av.open(path, format=self._driver, options=self._options)

    def _open_as(self, path: str, input_format: str, **more: str) -> InputContainer:
        options = self._options | {"input_format": input_format, **more}
        return av.open(path, format=self._driver, options=options)

    def _decode(self, container: InputContainer) -> Iterator[VideoFrame]:
        spoilt = 0
        for packet in container.demux(container.streams.video[0]):
            try:
                frames = packet.decode()
            except av.InvalidDataError:
                # Webcams spoil a picture now and then, often the first; not a second of them.
                spoilt += 1
                if spoilt > self._framerate:
                    raise
                continue
            spoilt = 0
            yield from frames

    def _first(self) -> str:
        found = list_cameras(self._dev, self._ask)
        if not found:
            raise DeviceError(
                "No USB camera was found. Plug one in, "
                'or set camera.backend to "off" for calls without a picture.'
            )
        return str(found[0][0])
