"""The camera that is there."""

from collections.abc import Generator, Sequence

from av import VideoFrame

from homecall_appliance.media.ports import DeviceError, VideoSource


class FirstOf:
    """A `media.ports.VideoSource` that is the first of several that delivers a frame.

    It looks anew each time it is opened: a camera may have been plugged in since.
    """

    def __init__(self, sources: Sequence[VideoSource]) -> None:
        self._sources = sources

    def frames(self) -> Generator[VideoFrame, None, None]:
        """Yield the frames of the first source that has one.

        Raises DeviceError with the sentences of all when none has, and that of the one that was
        taken when it is lost.
        """
        sentences = []
        for source in self._sources:
            frames = source.frames()
            try:
                first = next(frames)
            except DeviceError as error:
                sentences.append(str(error))
                continue
            try:
                yield first
                yield from frames
            finally:
                frames.close()
        raise DeviceError(" ".join(sentences))
