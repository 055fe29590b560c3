"""A phone's picture, decoded in a thread of its own."""

import asyncio
import queue
from collections.abc import Callable
from contextlib import suppress

import av
from av import CodecContext, Packet, VideoCodecContext, VideoFrame

from homecall_appliance.media.thread import in_thread
from homecall_appliance.media.video.picture import Codec, Picture

WAITING = 15
"""Pictures that may wait: half a second. Of more, none is of use to who looks."""

MOST_PIXELS = 1920 * 1088
"""Of a picture. A stranger may send a larger one, which would take all memory."""


class Decoding:
    """Decodes what it is given, in order."""

    def __init__(self, take: Callable[[VideoFrame], None], spoilt: Callable[[], None]) -> None:
        """`take` is given each picture, `spoilt` is called for each that cannot be decoded; both
        in the event loop."""
        self._take = take
        self._spoilt = spoilt
        self._waiting: queue.SimpleQueue[Picture | None] = queue.SimpleQueue()
        self._ended = False
        self._loop = asyncio.get_running_loop()

    def put(self, picture: Picture) -> bool:
        """Add a picture; False: too many wait already, and all of them are left out, or it has
        ended."""
        if self._ended:
            return False
        if self._waiting.qsize() >= WAITING:
            self._forget()
            return False
        self._waiting.put(picture)
        return True

    async def run(self) -> None:
        """Decode until cancelled."""
        working = in_thread("decoder", self._work)
        try:
            await asyncio.shield(working)
        finally:
            self._ended = True
            self._forget()
            self._waiting.put(None)
            await asyncio.wait([working])

    def _forget(self) -> None:
        with suppress(queue.Empty):
            while True:
                self._waiting.get_nowait()

    def _work(self) -> None:
        codec, decoder = None, None
        while picture := self._waiting.get():
            if decoder is None or picture.codec != codec:
                codec, decoder = picture.codec, _decoder(picture.codec)
            try:
                frames = decoder.decode(Packet(picture.data))
            except av.FFmpegError:
                self._loop.call_soon_threadsafe(self._spoilt)
                continue
            for frame in frames:
                self._loop.call_soon_threadsafe(self._take, frame)


def _decoder(codec: Codec) -> VideoCodecContext:
    decoder = CodecContext.create(codec, "r")
    decoder.thread_count = 1  # More would hold frames back.
    decoder.flags |= av.codec.context.Flags.low_delay
    decoder.options = {"max_pixels": str(MOST_PIXELS)}
    return decoder
