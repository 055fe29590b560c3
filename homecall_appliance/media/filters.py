"""FFmpeg's filters, one after the other."""

from collections.abc import Iterable

from av import VideoFrame
from av.filter import Graph

Filter = tuple[str, str | None]
"""Its name, and its arguments as ffmpeg-filters(1) writes them."""


def filter_graph(frame: VideoFrame, filters: Iterable[Filter]) -> Graph:
    """Return the chain of filters for frames of this size, format and time base."""
    graph = Graph()
    nodes = [
        graph.add_buffer(
            width=frame.width,
            height=frame.height,
            format=frame.format,
            time_base=frame.time_base,
        ),
        *(graph.add(name, arguments) for name, arguments in filters),
        graph.add("buffersink"),
    ]
    graph.link_nodes(*nodes).configure()
    return graph
