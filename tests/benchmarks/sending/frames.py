"""A sender of frames with aiortc and nothing else: VP8 and Opus, encoded for each call.

Its orders come as program.py has them. The pictures are painted whether there are calls or not.
Argument: bits per second of the picture.
"""

import asyncio
import sys
import threading
from typing import Literal

from aiortc import (
    MediaStreamTrack,
    RTCConfiguration,
    RTCPeerConnection,
    RTCSessionDescription,
)
from aiortc.codecs import vpx
from aiortc.contrib.media import MediaRelay
from av import AudioFrame, VideoFrame

from homecall_appliance.media.audio.tone import Tone
from homecall_appliance.media.camera.pattern import TestPattern
from homecall_appliance.media.ports import Block
from tests.benchmarks.sending.blocks import Framer
from tests.benchmarks.sending.orders import obey
from tests.benchmarks.sending.sender import FRAMERATE, HEIGHT, WIDTH
from tests.support.exchange import Nobody

Frame = VideoFrame | AudioFrame


class Live(MediaStreamTrack):
    """A live source: whoever waits gets the next frame."""

    def __init__(self, kind: Literal["video", "audio"]) -> None:
        super().__init__()
        self.kind = kind
        self._next: asyncio.Future[Frame] = asyncio.get_running_loop().create_future()

    def publish(self, frame: Frame) -> None:
        """The next frame."""
        self._next.set_result(frame)
        self._next = asyncio.get_running_loop().create_future()

    async def recv(self) -> Frame:
        """Wait for the next frame."""
        return await asyncio.shield(self._next)


class Calls:
    """The calls of the program; a `benchmarks.sending.front.Peer`."""

    def __init__(self) -> None:
        self.video, self.audio = Live("video"), Live("audio")
        self._relay = MediaRelay()
        self._peers: dict[str, RTCPeerConnection] = {}

    async def offer(self, call: str) -> str:
        """Begin a call."""
        peer = self._peers[call] = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        # Not buffered: a viewer that falls behind is shown the newest picture, not an old one.
        for track in (self.video, self.audio):
            peer.addTrack(self._relay.subscribe(track, buffered=track.kind == "audio"))
        await peer.setLocalDescription(await peer.createOffer())
        return peer.localDescription.sdp

    async def answer(self, call: str, sdp: str) -> None:
        """Take the answer."""
        await self._peers[call].setRemoteDescription(RTCSessionDescription(sdp, "answer"))

    async def end(self) -> None:
        """End all calls."""
        for peer in self._peers.values():
            await peer.close()
        self._peers.clear()


class Sound(Nobody):
    """What publishes the test tone: a `media.ports.Exchange`."""

    def __init__(self, calls: Calls, loop: asyncio.AbstractEventLoop) -> None:
        self._calls = calls
        self._loop = loop
        self._framer = Framer()

    def hear(self, captured: Block, _played: Block, _skipped: float) -> None:
        """Publish one block."""
        self._loop.call_soon_threadsafe(self._calls.audio.publish, self._framer.frame(captured))


def paint(calls: Calls, loop: asyncio.AbstractEventLoop) -> None:
    """Publish the test pattern."""
    for frame in TestPattern(WIDTH, HEIGHT, FRAMERATE).frames():
        loop.call_soon_threadsafe(calls.video.publish, frame)


async def main() -> None:
    """Send until the orders end."""
    # Else it begins with a third of it, and follows the viewer's estimate for half a minute.
    vpx.DEFAULT_BITRATE = vpx.MAX_BITRATE = int(sys.argv[1])
    calls = Calls()
    loop = asyncio.get_running_loop()
    threading.Thread(target=paint, args=(calls, loop), daemon=True).start()
    with Tone().open(Sound(calls, loop)):
        await obey(calls)


if __name__ == "__main__":
    asyncio.run(main())
