"""Turning the picture of a camera that is mounted on its side or upside down."""

from collections.abc import Generator, Sequence

from av import VideoFrame
from av.filter import Graph

from homecall_appliance.media.filters import Filter, filter_graph
from homecall_appliance.media.ports import VideoSource

_FILTERS: dict[int, Sequence[Filter]] = {
    90: [("transpose", "clock")],
    180: [("hflip", None), ("vflip", None)],
    270: [("transpose", "cclock")],
}


class Rotated:
    """A `media.ports.VideoSource` that turns another one's frames by 90, 180 or 270 degrees
    clockwise.
    """

    def __init__(self, source: VideoSource, degrees: int) -> None:
        self._source = source
        self._degrees = degrees

    def frames(self) -> Generator[VideoFrame, None, None]:
        """Yield the frames of the source, turned; `pts` and `time_base` are unchanged."""
        source = self._source.frames()
        graph, shape = Graph(), None
        try:
            for frame in source:
                if shape != (frame.width, frame.height, frame.format.name):
                    shape = frame.width, frame.height, frame.format.name
                    graph = filter_graph(frame, _FILTERS[self._degrees])
                graph.vpush(frame)
                turned = graph.vpull()
                turned.pts, turned.time_base = frame.pts, frame.time_base
                yield turned
        finally:
            source.close()
