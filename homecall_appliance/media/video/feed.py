"""What one viewer gets of the camera. PURE but for its event."""

import asyncio
from collections import deque
from collections.abc import Callable

from homecall_appliance.media.video.picture import Codec, Picture

PICTURES = 15
"""How many may wait for a viewer: half a second."""


class PictureFeed:
    """Pictures in order, from a key frame on; who is too slow goes on with the next key frame."""

    def __init__(self, codec: Codec, want_keyframe: Callable[[], None]) -> None:
        """`want_keyframe` is called when nothing but a key frame is of use."""
        self.codec = codec
        self.dropped = 0
        """Pictures that the viewer was too slow for, or could not have decoded."""
        self._want_keyframe = want_keyframe
        self._pictures: deque[Picture] = deque()
        self._filled = asyncio.Event()
        self._begun = False
        self._broken = True
        self._skipping = False

    def put(self, picture: Picture) -> None:
        """Add a picture. Before anybody reads, it is left out: a viewer begins with a fresh one."""
        if not self._begun or picture.codec != self.codec:
            return
        if len(self._pictures) == PICTURES:
            self.dropped += PICTURES
            self._pictures.clear()
            self._broken = True
            if not picture.keyframe:
                self._want_keyframe()
        if (self._broken or self._skipping) and not picture.keyframe:
            self.dropped += 1
            return
        self._broken = False
        self._pictures.append(picture)
        self._filled.set()

    def skip(self, skipping: bool) -> None:
        """Give key frames alone, or everything again."""
        if self._skipping and not skipping:
            self._broken = True
            self._want_keyframe()
        self._skipping = skipping

    async def get(self) -> Picture:
        """Wait for the oldest picture."""
        if not self._begun:
            self._begun = True
            self._want_keyframe()
        while not self._pictures:
            self._filled.clear()
            await self._filled.wait()
        return self._pictures.popleft()
