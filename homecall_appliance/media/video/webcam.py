"""Webcams that encode themselves."""

import contextlib
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager
from fractions import Fraction

from homecall_appliance.media.camera.v4l2 import V4l2Camera
from homecall_appliance.media.camera.v4l2_controls import (
    BITRATE,
    FORCE_KEY_FRAME,
    Controls,
    open_controls,
    pixel_formats,
)
from homecall_appliance.media.video.annexb import AccessUnits
from homecall_appliance.media.video.backlog import Backlog
from homecall_appliance.media.video.encoders import Encoders
from homecall_appliance.media.video.ipc import Wish
from homecall_appliance.media.video.passing import Passing
from homecall_appliance.media.video.picture import Picture
from homecall_appliance.media.video.rising import Rising
from homecall_appliance.media.video.source import Software, Wishes


class Webcam:
    """A `PictureSource` that passes a webcam's own H.264 on, as long as that serves the viewers.

    Other webcams, and other viewers, are served by the software.
    """

    def __init__(
        self,
        camera: V4l2Camera,
        framerate: int,
        *,
        formats: Callable[[str], frozenset[str]] = pixel_formats,
        controls: Callable[[str], AbstractContextManager[Controls]] = open_controls,
    ) -> None:
        self._camera = camera
        self._framerate = framerate
        self._formats = formats
        self._controls = controls

    def pictures(self, wishes: Wishes) -> Generator[Picture, None, None]:
        """See PictureSource."""
        path = self._camera.path()
        if "H264" in self._formats(path):
            with (
                contextlib.closing(self._camera.packets(path)) as packets,
                self._controls(path) as controls,
            ):
                stream = _Stream(controls, self._framerate)
                for packet in packets:
                    wish = wishes.newest
                    if wish is None:
                        return
                    if packet.pts is not None:  # FFmpeg's last one is empty
                        yield from stream.take(bytes(packet), packet.pts, packet.time_base, wish)
        yield from Software(self._camera, self._framerate).pictures(wishes)


class _Stream:
    """What one opening of the webcam gives."""

    def __init__(self, controls: Controls, framerate: int) -> None:
        self._controls = controls
        self._steerable = controls.has(BITRATE)
        forcible = controls.has(FORCE_KEY_FRAME)
        self._passing = Passing(forcible=forcible, steerable=self._steerable)
        self._bitrate = 0
        self._units = AccessUnits()
        self._backlog = Backlog(framerate)
        self._encoders = Encoders(framerate)
        self._rising = Rising()

    def take(self, data: bytes, pts: int, time_base: Fraction, wish: Wish) -> Iterator[Picture]:
        """Yield what becomes of one buffer."""
        unit = self._units.take(data)
        if unit is None:
            return
        self._steer(wish.bitrate)
        step = self._passing.decide(
            float(pts * time_base),
            len(data),
            keyframe=unit.keyframe,
            baseline=unit.baseline,
            allowed=wish.bitrate,
            asked=wish.keyframes.get("h264"),
        )
        if step.force_keyframe:
            self._set(FORCE_KEY_FRAME, 1)
        passed = {"h264"} if step.passes else set()
        encoded = {codec: n for codec, n in wish.keyframes.items() if codec not in passed}
        self._encoders.keep(encoded)
        if passed & wish.keyframes.keys():
            yield self._rising.h264(unit.data, pts * time_base, keyframe=unit.keyframe)
        for frame in self._backlog.take(unit, pts, time_base, wanted=bool(encoded)):
            for picture in self._encoders.encode(frame, Wish(wish.bitrate, encoded)):
                yield self._rising.risen(picture) if picture.codec == "h264" else picture

    def _steer(self, bitrate: int) -> None:
        if self._steerable and bitrate != self._bitrate:
            self._set(BITRATE, bitrate)
        self._bitrate = bitrate

    def _set(self, control: int, value: int) -> None:
        # A webcam that refuses is found out by what it sends.
        with contextlib.suppress(OSError):
            self._controls.set(control, value)
