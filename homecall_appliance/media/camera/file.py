"""A video file in place of a camera."""

import time
from collections.abc import Generator, Iterator
from fractions import Fraction

import av
from av import VideoFrame

from homecall_appliance.media.pace import Clock, Sleep
from homecall_appliance.media.ports import DeviceError

LATENESS = 0.1
"""Seconds. A consumer that is later than this gets no burst: the film goes on from where it is."""


class VideoFile:
    """A `media.ports.VideoSource` that shows any file that FFmpeg reads, again and again.

    The pace is the file's own. A picture larger than `width` x `height` is made smaller, with the
    same aspect and even sides; a smaller one stays as it is. `framerate` is used where the file
    has no timestamps (raw H.264, a picture).
    """

    def __init__(
        self,
        path: str,
        width: int,
        height: int,
        framerate: int,
        *,
        clock: Clock = time.monotonic,
        sleep: Sleep = time.sleep,
    ) -> None:
        self._path = path
        self._box = width, height
        self._framerate = framerate
        self._clock = clock
        self._sleep = sleep

    def frames(self) -> Generator[VideoFrame, None, None]:
        """Yield the film for ever; `pts` is microseconds since the first frame.

        Raises DeviceError when the file is missing, damaged, or has no picture.
        """
        start = self._clock()
        begin = start  # when the film would have begun, for the frame in hand to be due now
        for position, frame in self._film():
            if self._clock() - (begin + position) > LATENESS:
                begin = self._clock() - position
            self._sleep(max(0.0, begin + position - self._clock()))
            picture = self._fit(frame)
            picture.pts = round((begin + position - start) * 1_000_000)
            picture.time_base = Fraction(1, 1_000_000)
            yield picture

    def _film(self) -> Iterator[tuple[float, VideoFrame]]:
        """Yield each frame with its time in seconds from the very first, increasing."""
        length = 0.0
        while True:
            end = length
            for moment, frame in self._once():
                yield length + moment, frame
                end = length + moment + 1 / self._framerate
            if end == length:
                raise DeviceError(self._sentence("it has no pictures"))
            length = end

    def _once(self) -> Iterator[tuple[float, VideoFrame]]:
        """Yield each frame with its time in seconds from the file's first, increasing."""
        first = last = None
        try:
            with av.open(self._path) as container:
                if not container.streams.video:
                    raise DeviceError(self._sentence("it has no pictures"))
                container.streams.video[0].thread_type = "AUTO"
                for number, frame in enumerate(container.decode(video=0)):
                    moment = number / self._framerate if frame.time is None else frame.time
                    first = moment if first is None else first
                    if last is None or moment > last:
                        last = moment
                        yield moment - first, frame
        except av.FFmpegError as error:
            raise DeviceError(self._sentence(str(error.strerror))) from error

    def _fit(self, frame: VideoFrame) -> VideoFrame:
        scale = min(1.0, self._box[0] / frame.width, self._box[1] / frame.height)
        if scale == 1.0:
            return frame
        # H.264 codes 4:2:0 pictures of even width and height.
        width, height = (max(2, int(side * scale) // 2 * 2) for side in (frame.width, frame.height))
        return frame.reformat(width=width, height=height, format="yuv420p")

    def _sentence(self, reason: str) -> str:
        return (
            f"The video file {self._path} cannot be played: {reason}. "
            "Set camera.device to the path of a video file."
        )
