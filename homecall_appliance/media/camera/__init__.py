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
    match settings.backend:
        case "auto":
            return FirstOf([PiCamera(device, *picture), V4l2Camera(device, *picture)])
        case "picamera2":
            return PiCamera(device, *picture)
        case "v4l2":
            return V4l2Camera(device, *picture)
        case "file":
            return VideoFile(device, *picture)
        case "test-pattern":
            return TestPattern(*picture)
        case "off":
            return Off(settings.width, settings.height)
