"""The camera that is there."""

from collections.abc import Callable, Generator, Sequence
from typing import TypeVar

from av import VideoFrame

from homecall_appliance.media.ports import DeviceError, VideoSource

T = TypeVar("T")


class FirstOf:
    """A `media.ports.VideoSource` that is the first of several that delivers a frame.

    It looks anew each time it is opened: a camera may have been plugged in since.
    """

    def __init__(self, sources: Sequence[VideoSource]) -> None:
        self._sources = sources

    def frames(self) -> Generator[VideoFrame, None, None]:
        """See first_of."""
        return first_of([source.frames for source in self._sources])


def first_of(
    openings: Sequence[Callable[[], Generator[T, None, None]]],
) -> Generator[T, None, None]:
    """Open one camera after the other, and yield all from the first that has anything.

    Raises DeviceError with the sentences of all when none has, and that of the one that was taken
    when it is lost.
    """
    sentences = []
    for opened in openings:
        delivered = opened()
        try:
            first = next(delivered)
        except DeviceError as error:
            sentences.append(str(error))
            continue
        except StopIteration:
            return
        try:
            yield first
            yield from delivered
        finally:
            delivered.close()
    raise DeviceError(" ".join(sentences))
