"""The software's encoders of one camera, as many as are wished for."""

from collections.abc import Collection, Iterator

from av import VideoFrame

from homecall_appliance.media.video.encoder import Encoder
from homecall_appliance.media.video.ipc import Wish
from homecall_appliance.media.video.picture import Codec, Picture


class Encoders:
    """One encoder for each codec. For one thread at a time."""

    def __init__(self, framerate: int) -> None:
        self._framerate = framerate
        self._encoders: dict[Codec, Encoder] = {}
        self._made: dict[Codec, int] = {}

    def encode(self, frame: VideoFrame, wish: Wish) -> Iterator[Picture]:
        """Yield the picture of a frame in each codec of the wish; the others' encoders end."""
        self.keep(wish.keyframes)
        for codec, wanted in wish.keyframes.items():
            if codec not in self._encoders:
                self._encoders[codec] = Encoder(codec, self._framerate)
            keyframe = wanted != self._made.get(codec)
            self._made[codec] = wanted
            yield from self._encoders[codec].encode(frame, bitrate=wish.bitrate, keyframe=keyframe)

    def keep(self, codecs: Collection[Codec]) -> None:
        """End the encoders of other codecs: when wished for again, they begin with a key frame."""
        for codec in self._encoders.keys() - codecs:
            self._encoders.pop(codec).close()
