"""The encoders in software: H.264 by libx264, VP8 by libvpx."""

from fractions import Fraction
from typing import Literal

from av import CodecContext, VideoFrame
from av.filter import Graph
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType

from homecall_appliance.media.filters import Filter, filter_graph
from homecall_appliance.media.video.picture import CLOCK_RATE, Codec, Picture

LOWEST_BITRATE, HIGHEST_BITRATE = 50_000, 14_000_000
"""Bits per second. The highest is that of level 3.1 (ITU-T H.264, table A-1)."""

KEYFRAME_SECONDS = 10
"""A key frame comes at the latest after this time, at the nominal frame rate."""

_BUFFER_BITS = 500_000
"""What may be sent at once beyond the bitrate, by a key frame above all: the more, the better that
looks, and the longer everything behind it waits (a third of a second at 1.5 Mbit/s)."""

_FILTERS: tuple[Filter, ...] = (
    ("crop", "w=trunc(iw/2)*2:h=trunc(ih/2)*2:x=0:y=0"),
    ("format", "pix_fmts=yuv420p:color_ranges=unknown|tv"),
)


class Encoder:
    """Encodes the frames of one camera, each at once into one picture.

    Frames have any format that libswscale reads and any size, and both may change; an odd column
    or row is cut off. A frame that was given is never changed, for others may hold it, too.
    `framerate` is the nominal one, in frames per second. For one thread at a time.
    """

    def __init__(self, codec: Codec, framerate: int) -> None:
        self._codec = codec
        self._framerate = framerate
        self._shape: tuple[int, int, str] | None = None
        self._graph = Graph()
        self._library: _X264 | _Vpx | None = None
        self._pts = 0
        self._timestamp = self._shift = 0

    def encode(self, frame: VideoFrame, *, bitrate: int, keyframe: bool) -> list[Picture]:
        """Return the one picture of a frame, which carries `pts` and `time_base`.

        `bitrate`, in bits per second at the nominal frame rate, is held between the lowest and the
        highest, and may be another one every time. `keyframe` asks for a key frame now; the first
        picture, and the first of another size or format, is one anyway. A frame that is not later
        than the one before counts as a period later: a camera that was opened again starts its
        clock anywhere. Raises av.FFmpegError for what the library refuses.
        """
        picture = self._own(frame)
        if self._library is None:
            library = _X264 if self._codec == "h264" else _Vpx
            self._library = library(picture.width, picture.height, self._framerate)
        self._pts += self._library.spend(min(max(bitrate, LOWEST_BITRATE), HIGHEST_BITRATE))
        picture.pts, picture.time_base = self._pts, self._library.context.time_base
        picture.pict_type = PictureType.I if keyframe else PictureType.NONE
        timestamp = self._stamp(frame)
        return [
            Picture(self._codec, bytes(packet), timestamp, packet.is_keyframe)
            for packet in self._library.context.encode(picture)
        ]

    def close(self) -> None:
        """Free what the library holds; another `encode()` starts it again."""
        self._shape = self._library = None
        self._graph = Graph()

    def _own(self, frame: VideoFrame) -> VideoFrame:
        """Another frame with the same pixels in yuv420p; they are copied only if converted."""
        shape = frame.width, frame.height, frame.format.name
        if shape != self._shape:
            self._shape, self._graph, self._library = shape, filter_graph(frame, _FILTERS), None
        self._graph.vpush(frame)
        return self._graph.vpull()

    def _stamp(self, frame: VideoFrame) -> int:
        timestamp = round(frame.time * CLOCK_RATE) + self._shift
        if timestamp <= self._timestamp:
            later = self._timestamp + CLOCK_RATE // self._framerate
            self._shift += later - timestamp
            timestamp = later
        self._timestamp = timestamp
        return timestamp


class _X264:
    """Constrained baseline as 42e01f promises it: level 3.1, a higher one only where need be.

    x264 takes the lowest level that allows the pictures and `maxrate`. Opened with a constant
    bitrate, it keeps it constant whenever `bit_rate` changes, but never exceeds the first one.
    """

    def __init__(self, width: int, height: int, framerate: int) -> None:
        self.context = _context("libx264", width, height, framerate)
        self.context.time_base = Fraction(1, framerate)
        self.context.profile = "Baseline"
        self.context.bit_rate = HIGHEST_BITRATE
        self.context.options = {
            "preset": "ultrafast",  # One reference, no scene cuts.
            "tune": "zerolatency",  # No B-frames, no look-ahead.
            "forced-idr": "1",
            "maxrate": str(HIGHEST_BITRATE),
            "bufsize": str(_BUFFER_BITS),
        }
        self.context.open()

    def spend(self, bitrate: int) -> int:
        """Set the bitrate of the next picture; return by how many ticks it is the later one."""
        self.context.bit_rate = bitrate
        return 1


class _Vpx:
    """VP8, whose bitrate changes without a key frame.

    FFmpeg tells libvpx of a bitrate only once. But what libvpx gives to a picture is that bitrate
    times the time since the one before: on a clock with one tick for each bit, a picture is given
    as many bits as ticks.
    """

    _BITRATE = 1_000_000

    def __init__(self, width: int, height: int, framerate: int) -> None:
        self._framerate = framerate
        self.context = _context("libvpx", width, height, framerate)
        self.context.time_base = Fraction(1, self._BITRATE)
        self.context.bit_rate = self._BITRATE
        self.context.options = {
            "deadline": "realtime",
            "cpu-used": "-8",  # Positive values take all the time that there is.
            "lag-in-frames": "0",
            "error-resilient": "default",  # A lost picture does not spoil the next ones.
            "minrate": str(self._BITRATE),
            "maxrate": str(self._BITRATE),
            "bufsize": str(_BUFFER_BITS),
        }
        self.context.open()

    def spend(self, bitrate: int) -> int:
        """Set the bitrate of the next picture; return by how many ticks it is the later one."""
        return bitrate // self._framerate


def _context(
    library: Literal["libx264", "libvpx"], width: int, height: int, framerate: int
) -> VideoCodecContext:
    context = CodecContext.create(library, "w")
    context.width, context.height, context.pix_fmt = width, height, "yuv420p"
    context.framerate = Fraction(framerate)
    context.gop_size = KEYFRAME_SECONDS * framerate
    context.thread_count = 1  # More would cost more in all, and cut pictures into slices.
    return context
