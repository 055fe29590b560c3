"""What one viewer gets of the camera. PURE."""

from collections.abc import Callable

from homecall_appliance.media.video.picture import Codec, Picture


class PictureFeed:
    """Pictures in order, from a key frame on; who cannot take one goes on with the next key frame.

    A viewer begins with a fresh picture: what comes before `begin` is left out.
    """

    def __init__(self, codec: Codec, want_keyframe: Callable[[], None]) -> None:
        """`want_keyframe` is called when nothing but a key frame is of use."""
        self.codec = codec
        self.dropped = 0
        """Pictures that the viewer had no room for, or could not have decoded."""
        self._want_keyframe = want_keyframe
        self._take: Callable[[Picture], bool] | None = None
        self._broken = True
        self._skipping = False

    def begin(self, take: Callable[[Picture], bool]) -> None:
        """Give the pictures to `take`, which tells whether there was room."""
        self._take = take
        self._want_keyframe()

    def put(self, picture: Picture) -> None:
        """Add a picture."""
        if self._take is None or picture.codec != self.codec:
            return
        if (self._broken or self._skipping) and not picture.keyframe:
            self.dropped += 1
            return
        self._broken = not self._take(picture)
        if self._broken:
            self.dropped += 1
            self._want_keyframe()

    def skip(self, skipping: bool) -> None:
        """Give key frames alone, or everything again."""
        if self._skipping and not skipping:
            self._broken = True
            self._want_keyframe()
        self._skipping = skipping
