"""The cameras: one `media.ports.VideoSource` for each value of `camera.backend`."""

from homecall_appliance.config.model import Camera
from homecall_appliance.media.camera.auto import FirstOf
from homecall_appliance.media.camera.file import VideoFile
from homecall_appliance.media.camera.off import Off
from homecall_appliance.media.camera.pattern import TestPattern
from homecall_appliance.media.camera.picamera import PiCamera
from homecall_appliance.media.camera.rotation import Rotated
from homecall_appliance.media.camera.v4l2 import V4l2Camera
from homecall_appliance.media.ports import VideoSource


def create_camera(settings: Camera) -> VideoSource:
    """Make the configured camera. Nothing is opened or looked for before `frames()` runs."""
    source = _upright(settings)
    return Rotated(source, settings.rotation) if settings.rotation else source


def _upright(settings: Camera) -> VideoSource:
    device = settings.device
    picture = settings.width, settings.height, settings.framerate
    raspberry, webcam = create_pi_camera(settings), create_webcam(settings)
    match settings.backend:
        case "auto":
            return FirstOf([raspberry, webcam])
        case "picamera2":
            return raspberry
        case "v4l2":
            return webcam
        case "file":
            return VideoFile(device, *picture)
        case "test-pattern":
            return TestPattern(*picture)
        case "off":
            return Off(settings.width, settings.height)


def create_pi_camera(settings: Camera) -> PiCamera:
    """Make a Raspberry Pi camera of this section."""
    picture = settings.width, settings.height, settings.framerate
    hertz = settings.power_line_frequency
    return PiCamera(settings.device, *picture, power_line_frequency=hertz)


def create_webcam(settings: Camera) -> V4l2Camera:
    """Make a webcam of this section."""
    picture = settings.width, settings.height, settings.framerate
    hertz = settings.power_line_frequency
    return V4l2Camera(settings.device, *picture, power_line_frequency=hertz)
