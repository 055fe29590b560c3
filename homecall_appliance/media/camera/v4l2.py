"""A USB camera, through the kernel's Video4Linux2."""

import contextlib
import errno
import os
import time
from collections.abc import Callable, Collection, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager
from fractions import Fraction
from pathlib import Path

import av
from av import Packet, VideoFrame, VideoStream
from av.container import InputContainer

from homecall_appliance.media.camera.capture_clock import MICROSECOND, CaptureClock
from homecall_appliance.media.camera.modes import READ_AS, Mode, choose
from homecall_appliance.media.camera.v4l2_controls import (
    HERTZ,
    POWER_LINE_FREQUENCY,
    Controls,
    open_controls,
)
from homecall_appliance.media.camera.v4l2_devices import (
    Capability,
    capability,
    lasting_name,
    list_cameras,
)
from homecall_appliance.media.camera.v4l2_modes import list_modes
from homecall_appliance.media.pace import Clock
from homecall_appliance.media.ports import DeviceError
from homecall_appliance.service.holders import described, holders

COMPRESSED = frozenset({"H264"})
"""What is passed on as it is, and not decoded here."""

DECODED = READ_AS.keys() - COMPRESSED


class V4l2Camera:
    """A `media.ports.VideoSource` for webcams.

    `device` is a path such as /dev/video0; "" is the first camera in `dev`, USB ones before
    others. A size that the camera does not have, or has at less than half the frame rate, is
    replaced by the nearest that moves. `driver` is FFmpeg's name of the input.
    """

    def __init__(
        self,
        device: str,
        width: int,
        height: int,
        framerate: int,
        *,
        power_line_frequency: int = 0,
        dev: Path = Path("/dev"),
        ask: Callable[[Path], Capability | None] = capability,
        modes: Callable[[str, int, int], Collection[Mode]] = list_modes,
        controls: Callable[[str], AbstractContextManager[Controls]] = open_controls,
        driver: str = "v4l2",
        clock: Clock = time.monotonic,
    ) -> None:
        self._device = device
        self._size = width, height
        self._framerate = framerate
        self._power_line_frequency = power_line_frequency
        self._dev = dev
        self._ask = ask
        self._modes = modes
        self._controls = controls
        self._driver = driver
        self._clock = clock

    def frames(self) -> Generator[VideoFrame, None, None]:
        """Yield frames as the camera delivers them; `pts` is when they were taken (CaptureClock).

        Raises DeviceError when there is no camera, it is in use, or it was pulled out.
        """
        path = self.path()
        with self._watched(path), self._open(path) as container:
            yield from self._decode(container)

    def packets(self, path: str) -> Generator["Packet[VideoStream]", None, None]:
        """Yield H.264 as the camera at that path encodes it, buffer by buffer.

        `pts` is as that of `frames()`. None at all where the camera does not have it after all.
        Raises DeviceError as `frames()`, and av.FFmpegError thrown in becomes one.
        """
        mode = self._mode(path, COMPRESSED)
        try:
            # FFmpeg would look at pictures for a second or more before it passes any on, to learn
            # what nobody here asks for.
            container = self._open_as(path, mode, input_format="h264", probesize="32")
        except av.FFmpegError:
            return
        with container:
            video = container.streams.video[0]
            if video.codec_context.name != "h264":
                return
            with self._watched(path):
                yield from self._demux(container)

    def path(self) -> str:
        """The device. Raises DeviceError when there is none."""
        if not self._device:
            return self._first()
        path = Path(self._device)
        about = self._ask(path)
        if not path.exists() or (about is not None and not about.is_camera):
            raise DeviceError(self._no_camera_there())
        return self._device

    @contextmanager
    def _watched(self, path: str) -> Iterator[None]:
        try:
            yield
        except av.FFmpegError as error:
            raise DeviceError(_sentence(path, error)) from error
        raise DeviceError(f"The camera {path} stopped. Plug it in again.")

    def _mode(self, path: str, formats: Collection[str]) -> Mode | None:
        return choose(self._modes(path, *self._size), *self._size, self._framerate, formats)

    def _open(self, path: str) -> InputContainer:
        mode = self._mode(path, DECODED)
        try:
            name = READ_AS[mode.pixel_format] if mode else "mjpeg"
            return self._open_as(path, mode, input_format=name)
        except av.FFmpegError:  # what is listed may yet be refused
            return self._open_as(path, None)

    def _open_as(self, path: str, mode: Mode | None, **more: str) -> InputContainer:
        width, height = (mode.width, mode.height) if mode else self._size
        self._set_up(path)
        options = {"video_size": f"{width}x{height}", "framerate": str(self._framerate), **more}
        return av.open(path, format=self._driver, options=options)

    def _set_up(self, path: str) -> None:
        """Tell the camera of the lamps. Where it cannot be told it works all the same."""
        if self._power_line_frequency:
            with contextlib.suppress(OSError), self._controls(path) as controls:
                controls.set(POWER_LINE_FREQUENCY, HERTZ[self._power_line_frequency])

    def _demux(self, container: InputContainer) -> Iterator["Packet[VideoStream]"]:
        """The packets, and the time of each; FFmpeg's last one has none."""
        clock = CaptureClock()
        for packet in container.demux(container.streams.video[0]):
            if packet.pts is not None:
                stamp = packet.pts * Fraction(packet.time_base)
                packet.pts, packet.time_base = clock.read(stamp, self._clock()), MICROSECOND
            yield packet

    def _decode(self, container: InputContainer) -> Iterator[VideoFrame]:
        spoilt = 0
        for packet in self._demux(container):
            try:
                frames = packet.decode()
            except av.FFmpegError:
                # A webcam or its cable spoils a picture now and then, often the first: FFmpeg makes
                # an empty packet of a buffer with V4L2_BUF_FLAG_ERROR, which no decoder takes. A
                # second of them is a camera that fails.
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

    def _no_camera_there(self) -> str:
        others = [lasting_name(path, self._dev) for path, _ in list_cameras(self._dev, self._ask)]
        if not others:
            return f"There is no camera {self._device}. Plug it in."
        names = " or ".join(f'"{each}"' for each in others)
        return (
            f"There is no camera {self._device}: its number may have changed. Set camera.device to "
            f"{names}, or leave it empty for the first."
        )


def _sentence(path: str, error: av.FFmpegError) -> str:
    match error.errno:
        case errno.ENOSPC:
            return (
                f"The USB has no room for the pictures of the camera {path}. Plug it in "
                "elsewhere, without a hub, or make camera.width and camera.height smaller."
            )
        case errno.EBUSY:
            others = [pid for pid in holders(os.path.realpath(path)) if pid != os.getpid()]
            if others:
                names = ", ".join(map(described, others))
                return f"The camera {path} is used by {names}. End that program."
            return (
                f"The camera {path} is used by another program. End it; which one it is shows: "
                f"sudo fuser --verbose {path}"
            )
    return (
        f"The camera {path} does not work: {error.strerror}. "
        "Plug it in again, and end other programs that use it."
    )
