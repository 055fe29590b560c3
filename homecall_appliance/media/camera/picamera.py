"""A Raspberry Pi camera, through picamera2."""

import threading
from collections.abc import Generator, Iterator
from concurrent.futures import CancelledError
from contextlib import ExitStack, contextmanager, suppress
from fractions import Fraction
from typing import Any

from av import VideoFrame

from homecall_appliance.media.camera.planes import from_yuv420
from homecall_appliance.media.ports import DeviceError

NANOSECOND = Fraction(1, 1_000_000_000)

RELEASE_SECONDS = 1.5
"""How long the camera may take to be released; what then still hangs ends with the process."""

BROKEN = (
    AttributeError,
    ImportError,
    OSError,
    RuntimeError,
    SyntaxError,
    SystemError,
    TypeError,
    ValueError,
)
"""What importing picamera2 raises after half an upgrade, or with another numpy."""

CONTINUOUS_FOCUS = 2
"""libcamera's `AfModeContinuous`."""

MANUAL_FLICKER = 1
"""libcamera's `FlickerManual`."""

CHECK = (
    "Switch the Raspberry Pi off, check the camera's cable at both ends, "
    "and try `rpicam-hello --list-cameras`."
)
"""What the owner of a camera that does not work is to do."""


class PiCamera:
    """A `media.ports.VideoSource` for cameras on the Raspberry Pi's camera connector.

    `device` is the number of the camera; "" is the first. libcamera replaces a size that the
    camera does not have by one that it has. A camera that delivers nothing for `patience` seconds
    counts as lost: some drivers only recover when they are closed and opened again.
    """

    def __init__(
        self,
        device: str,
        width: int,
        height: int,
        framerate: int,
        *,
        power_line_frequency: int = 0,
        patience: float = 3.0,
    ) -> None:
        self._device = device
        self._size = width, height
        self._period = 1_000_000 // framerate
        self._power_line_frequency = power_line_frequency
        self._patience = patience

    def frames(self) -> Generator[VideoFrame, None, None]:
        """Yield frames in yuv420p; `pts` is the sensor's timestamp in nanoseconds.

        Raises DeviceError when picamera2 or the camera is missing, or the camera stops.
        """
        with self.opened() as camera:
            yield from camera.frames()

    @contextmanager
    def opened(self) -> Iterator["OpenPiCamera"]:
        """Open the camera and release it; raises DeviceError as `frames()`."""
        with self._started() as camera:
            yield OpenPiCamera(camera, self._patience)

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
            # Where one of picamera2's threads has died, this waits for it for ever.
            released = threading.Thread(target=_release, args=(camera,), daemon=True)
            released.start()
            released.join(RELEASE_SECONDS)

    def _number(self, count: int) -> int:
        if count == 0:
            raise DeviceError(f"No Raspberry Pi camera was found. {CHECK}")
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
            controls: dict[str, object] = {"FrameDurationLimits": (self._period, self._period)}
            if "AfMode" in camera.camera_controls:  # Camera Module 3: out of focus without it
                controls["AfMode"] = CONTINUOUS_FOCUS
            if self._power_line_frequency and "AeFlickerPeriod" in camera.camera_controls:
                controls["AeFlickerMode"] = MANUAL_FLICKER
                # A lamp flickers twice in each period of the mains; in microseconds.
                controls["AeFlickerPeriod"] = round(500_000 / self._power_line_frequency)
            camera.configure(
                camera.create_video_configuration(
                    main={"size": self._size, "format": "YUV420"}, controls=controls
                )
            )
            camera.start()
        except (OSError, RuntimeError) as error:
            raise DeviceError(f"The Raspberry Pi camera does not start. {CHECK}") from error


class OpenPiCamera:
    """A `media.ports.VideoSource` that has been opened."""

    def __init__(self, camera: Any, patience: float) -> None:
        """`camera` is a Picamera2 that was started."""
        main = camera.camera_configuration()["main"]
        if main["format"] != "YUV420":
            raise DeviceError(
                f"The camera gives pictures as {main['format']}, which the appliance cannot "
                'use this way. For a USB camera set camera.backend to "v4l2".'
            )
        self._camera = camera
        self.size: tuple[int, int] = main["size"]
        self._stride: int = main["stride"]
        self._patience = patience

    def frames(self) -> Generator[VideoFrame, None, None]:
        """See PiCamera."""
        while True:
            yield self.capture()

    def capture(self) -> VideoFrame:
        """Wait for the next frame."""
        try:
            request = self._camera.capture_request(wait=self._patience)
        except (TimeoutError, CancelledError) as error:
            raise DeviceError(f"The Raspberry Pi camera stopped delivering. {CHECK}") from error
        try:
            frame = from_yuv420(request.make_buffer("main"), self.size, self._stride)
            frame.pts = request.get_metadata()["SensorTimestamp"]
        finally:
            request.release()
        frame.time_base = NANOSECOND
        return frame

    def start_encoder(self, encoder: Any, output: Any) -> None:
        """Give all frames to an encoder of picamera2, too, until the camera is released.

        Raises OSError or RuntimeError where it does not start.
        """
        try:
            self._camera.start_encoder(encoder, output)
        except (OSError, RuntimeError):
            # It counts as running by now, and its thread turns like mad.
            with suppress(AttributeError, OSError, RuntimeError):
                encoder.stop()
            raise


def _release(camera: Any) -> None:
    with ExitStack() as stack:
        stack.callback(camera.close)
        # A capture that timed out is still in the queue, and close() would wait for it.
        stack.callback(camera.cancel_all_and_flush)
        for encoder in camera.encoders:  # They hold pictures of the camera.
            stack.callback(camera.stop_encoder, encoder)


def list_cameras() -> list[tuple[int, str]]:
    """The number and the model of each camera; none is opened.

    Raises DeviceError when picamera2 is missing.
    """
    cameras = _listed(_load())
    return [(number, str(camera.get("Model", ""))) for number, camera in enumerate(cameras)]


def _load() -> Any:
    try:
        import picamera2  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise DeviceError(
            "The library of the Raspberry Pi camera is missing. "
            "Install it with: sudo apt install python3-picamera2"
        ) from error
    except BROKEN as error:
        raise DeviceError(
            f"The library of the Raspberry Pi camera is broken ({type(error).__name__}: {error}). "
            "Repair it with: sudo apt full-upgrade"
        ) from error
    return picamera2


def _listed(picamera2: Any) -> list[dict[str, Any]]:
    # libcamera lists webcams too, after all others, but cannot convert their pictures.
    cameras = picamera2.Picamera2.global_camera_info()
    return [camera for camera in cameras if "/usb" not in camera["Id"]]
