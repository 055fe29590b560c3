"""A Raspberry Pi camera, through picamera2."""

from collections.abc import Generator, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from fractions import Fraction
from typing import Any

from av import VideoFrame

from homecall_appliance.media.camera.planes import from_yuv420
from homecall_appliance.media.ports import DeviceError

NANOSECOND = Fraction(1, 1_000_000_000)

_CHECK = (
    "Switch the Raspberry Pi off, check the camera's cable at both ends, "
    "and try `rpicam-hello --list-cameras`."
)


class PiCamera:
    """A `media.ports.VideoSource` for cameras on the Raspberry Pi's camera connector.

    `device` is the number of the camera; "" is the first. libcamera replaces a size that the
    camera does not have by one that it has. A camera that delivers nothing for `patience` seconds
    counts as lost: some drivers only recover when they are closed and opened again.
    """

    def __init__(
        self, device: str, width: int, height: int, framerate: int, *, patience: float = 3.0
    ) -> None:
        self._device = device
        self._size = width, height
        self._period = 1_000_000 // framerate
        self._patience = patience

    def frames(self) -> Generator[VideoFrame, None, None]:
        """Yield frames in yuv420p; `pts` is the sensor's timestamp in nanoseconds.

        Raises DeviceError when picamera2 or the camera is missing, or the camera stops.
        """
        with self._started() as camera:
            main = camera.camera_configuration()["main"]
            if main["format"] != "YUV420":
                raise DeviceError(
                    f"The camera gives pictures as {main['format']}, which the appliance cannot "
                    'use this way. For a USB camera set camera.backend to "v4l2".'
                )
            while True:
                yield self._capture(camera, main["size"], main["stride"])

    @contextmanager
    def _started(self) -> Iterator[Any]:
        picamera2 = _load()
        number = self._number(len(_listed(picamera2)))
        try:
            camera = picamera2.Picamera2(number)
        except (IndexError, RuntimeError) as error:
            raise DeviceError(
                f"The Raspberry Pi camera {number} cannot be opened. End other programs that use "
                "it, such as rpicam-vid, or restart the Raspberry Pi."
            ) from error
        try:
            self._start(camera)
            yield camera
        finally:
            # A capture that timed out is still in the queue, and close() would wait for it.
            camera.cancel_all_and_flush()
            camera.close()

    def _number(self, count: int) -> int:
        if count == 0:
            raise DeviceError(f"No Raspberry Pi camera was found. {_CHECK}")
        if not self._device:
            return 0
        if not self._device.isdecimal() or int(self._device) >= count:
            raise DeviceError(
                f'There is no Raspberry Pi camera "{self._device}". '
                f"Set camera.device to a number from 0 to {count - 1}, or leave it empty."
            )
        return int(self._device)

    def _start(self, camera: Any) -> None:
        try:
            camera.configure(
                camera.create_video_configuration(
                    main={"size": self._size, "format": "YUV420"},
                    controls={"FrameDurationLimits": (self._period, self._period)},
                )
            )
            camera.start()
        except (OSError, RuntimeError) as error:
            raise DeviceError(f"The Raspberry Pi camera does not start. {_CHECK}") from error

    def _capture(self, camera: Any, size: tuple[int, int], stride: int) -> VideoFrame:
        try:
            request = camera.capture_request(wait=self._patience)
        except (TimeoutError, CancelledError) as error:
            raise DeviceError(f"The Raspberry Pi camera stopped delivering. {_CHECK}") from error
        try:
            frame = from_yuv420(request.make_buffer("main"), size, stride)
            frame.pts = request.get_metadata()["SensorTimestamp"]
        finally:
            request.release()
        frame.time_base = NANOSECOND
        return frame


def list_cameras() -> list[tuple[int, str]]:
    """The number and the model of each camera; none is opened.

    Raises DeviceError when picamera2 is missing.
    """
    cameras = _listed(_load())
    return [(number, str(camera.get("Model", ""))) for number, camera in enumerate(cameras)]


def _load() -> Any:
    try:
        import picamera2  # noqa: PLC0415
    except ImportError as error:
        raise DeviceError(
            "The library of the Raspberry Pi camera is missing. "
            "Install it with: sudo apt install python3-picamera2"
        ) from error
    return picamera2


def _listed(picamera2: Any) -> list[dict[str, Any]]:
    # libcamera lists webcams too, after all others, but cannot convert their pictures.
    cameras = picamera2.Picamera2.global_camera_info()
    return [camera for camera in cameras if "/usb" not in camera["Id"]]
