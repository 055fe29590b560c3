"""Where pictures come from: what the camera's process runs."""

import contextlib
from collections.abc import Generator
from typing import Protocol

from homecall_appliance.media.ports import VideoSource
from homecall_appliance.media.video.encoders import Encoders
from homecall_appliance.media.video.ipc import Wish
from homecall_appliance.media.video.picture import Picture


class Wishes(Protocol):
    """What the daemon wants, as it changes."""

    @property
    def newest(self) -> Wish | None:
        """None: nothing any more."""
        ...


class PictureSource(Protocol):
    """A camera whose pictures are encoded."""

    def pictures(self, wishes: Wishes) -> Generator[Picture, None, None]:
        """Open the camera and yield what is wished for, until nothing is.

        The timestamps of each codec come from the camera's own clock, and increase. A wish for a
        codec that is new, or that counts another number of key frames, gets a key frame soon.
        Closing the generator, in the thread that runs it, releases the camera.
        Raises DeviceError when the camera is missing or lost.
        """
        ...


class Software:
    """A `PictureSource` for every camera that yields frames: libx264 and libvpx encode them."""

    def __init__(self, source: VideoSource, framerate: int) -> None:
        self._source = source
        self._framerate = framerate

    def pictures(self, wishes: Wishes) -> Generator[Picture, None, None]:
        """See PictureSource."""
        encoders = Encoders(self._framerate)
        with contextlib.closing(self._source.frames()) as frames:
            for frame in frames:
                wish = wishes.newest
                if wish is None:
                    return
                yield from encoders.encode(frame, wish)
