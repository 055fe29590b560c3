"""The camera that is configured, as a source of pictures."""

from collections.abc import Generator, Sequence
from functools import partial

from homecall_appliance.config.model import Camera
from homecall_appliance.media.camera import create_camera, create_pi_camera, create_webcam
from homecall_appliance.media.camera.auto import first_of
from homecall_appliance.media.video.picture import Picture
from homecall_appliance.media.video.raspberry import RaspberryPi
from homecall_appliance.media.video.source import PictureSource, Software, Wishes
from homecall_appliance.media.video.webcam import Webcam


class FirstOf:
    """A `PictureSource` that is the first of several that delivers; see media.camera.auto."""

    def __init__(self, sources: Sequence[PictureSource]) -> None:
        self._sources = sources

    def pictures(self, wishes: Wishes) -> Generator[Picture, None, None]:
        """See PictureSource."""
        return first_of([partial(source.pictures, wishes) for source in self._sources])


def create_source(settings: Camera) -> PictureSource:
    """Make the configured camera. Nothing is opened or looked for before `pictures()` runs."""
    if settings.rotation:  # Only frames can be turned.
        return Software(create_camera(settings), settings.framerate)
    raspberry = RaspberryPi(create_pi_camera(settings), settings.framerate)
    webcam = Webcam(create_webcam(settings), settings.framerate)
    match settings.backend:
        case "auto":
            return FirstOf([raspberry, webcam])
        case "picamera2":
            return raspberry
        case "v4l2":
            return webcam
        case _:
            return Software(create_camera(settings), settings.framerate)
