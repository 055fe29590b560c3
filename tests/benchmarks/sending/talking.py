"""A partner for a caller with aiortc and sounddevice and nothing else, as most Python programs are.

What the microphone hears is sent, and what comes is played; nothing is done against the echo. Its
orders come as program.py has them.
"""

import asyncio
from collections import deque
from typing import Any

import numpy as np
import sounddevice
from aiortc import (
    MediaStreamTrack,
    RTCConfiguration,
    RTCPeerConnection,
    RTCSessionDescription,
)
from aiortc.mediastreams import MediaStreamError
from av import AudioFrame

from homecall_appliance.media.ports import BLOCK_SAMPLES, SAMPLE_RATE
from tests.benchmarks.sending.blocks import Framer
from tests.benchmarks.sending.orders import obey

DEVICE = "intercom"
"""The rig's."""

CHANNELS = 2
"""What aiortc decodes."""

BLOCK_BYTES = 2 * CHANNELS * BLOCK_SAMPLES

STREAM = {
    "device": DEVICE,
    "samplerate": SAMPLE_RATE,
    "blocksize": BLOCK_SAMPLES,
    "dtype": "int16",
    "latency": "low",
}


class Microphone(MediaStreamTrack):
    """What it hears."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self._blocks: asyncio.Queue[bytes] = asyncio.Queue()
        self._framer = Framer()

    def put(self, block: bytes) -> None:
        """Add a block."""
        self._blocks.put_nowait(block)

    async def recv(self) -> AudioFrame:
        """Wait for the next block."""
        block = np.frombuffer(await self._blocks.get(), np.int16)
        return self._framer.frame(block)


class Call:
    """The one call of the program; a `benchmarks.sending.front.Peer`."""

    def __init__(self) -> None:
        self._peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._playing: asyncio.Task[None] | None = None
        self._blocks: deque[bytes] = deque()

    async def offer(self, _call: str) -> str:
        """Begin the call."""
        loop, microphone = asyncio.get_running_loop(), Microphone()

        def hear(captured: Any, *_: Any) -> None:
            loop.call_soon_threadsafe(microphone.put, bytes(captured))

        def play(played: Any, *_: Any) -> None:
            played[:] = self._blocks.popleft() if self._blocks else bytes(BLOCK_BYTES)

        self._streams = (
            sounddevice.RawInputStream(callback=hear, channels=1, **STREAM),
            sounddevice.RawOutputStream(callback=play, channels=CHANNELS, **STREAM),
        )
        for stream in self._streams:
            stream.start()
        self._peer.addTrack(microphone)
        self._peer.on("track", self._receive)
        await self._peer.setLocalDescription(await self._peer.createOffer())
        return self._peer.localDescription.sdp

    async def answer(self, _call: str, sdp: str) -> None:
        """Take the answer."""
        await self._peer.setRemoteDescription(RTCSessionDescription(sdp, "answer"))

    async def end(self) -> None:
        """End the call."""
        for stream in self._streams:
            stream.close()
        await self._peer.close()
        if self._playing:
            await self._playing

    def _receive(self, track: MediaStreamTrack) -> None:
        self._playing = asyncio.ensure_future(self._play(track))

    async def _play(self, track: MediaStreamTrack) -> None:
        try:
            while True:
                frame = await track.recv()
                assert isinstance(frame, AudioFrame)
                self._blocks.append(bytes(frame.planes[0])[:BLOCK_BYTES])
        except MediaStreamError:
            return


async def main() -> None:
    """Talk until the orders end."""
    await obey(Call())


if __name__ == "__main__":
    asyncio.run(main())
