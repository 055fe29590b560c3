"""The appliance's own tracks, and what is done with the phone's."""

from fractions import Fraction

import numpy as np
from aiortc import MediaStreamTrack
from av import AudioFrame, Packet
from av.stream import Stream

from homecall_appliance.media.ports import BLOCK_SAMPLES, SAMPLE_RATE, Block
from homecall_appliance.media.sound import Feed
from homecall_appliance.media.video.feed import PictureFeed

_SOUND_TIME_BASE = Fraction(1, SAMPLE_RATE)
_PICTURE_TIME_BASE = Fraction(1, 90_000)


class CameraTrack(MediaStreamTrack):
    """The picture of the appliance, as one call gets it: encoded already."""

    kind = "video"

    def __init__(self, feed: PictureFeed) -> None:
        super().__init__()
        self._feed = feed
        self.frames = 0

    async def recv(self) -> "Packet[Stream]":
        """Wait for the next picture; it keeps the camera's own time."""
        picture = await self._feed.get()
        packet = Packet(picture.data)
        packet.pts, packet.time_base = picture.timestamp, _PICTURE_TIME_BASE
        self.frames += 1
        return packet


class MicrophoneTrack(MediaStreamTrack):
    """The sound of the appliance, as one call gets it."""

    kind = "audio"

    def __init__(self, feed: Feed) -> None:
        super().__init__()
        self._feed = feed
        self.frames = 0

    async def recv(self) -> AudioFrame:
        """Wait for the next 20 ms; what was dropped leaves a gap in the time stamps."""
        block = await self._feed.get()
        frame = AudioFrame.from_ndarray(block.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate = SAMPLE_RATE
        frame.time_base = _SOUND_TIME_BASE
        frame.pts = (self.frames + self._feed.dropped) * BLOCK_SAMPLES
        self.frames += 1
        return frame


class Blocks:
    """Turns the frames of a decoder into blocks: any length, one or two channels, 48 kHz s16."""

    def __init__(self) -> None:
        self._rest = np.zeros(0, np.int16)

    def take(self, frame: AudioFrame) -> list[Block]:
        """Add a frame; return the blocks that are full."""
        channels = len(frame.layout.channels)
        samples = frame.to_ndarray().reshape(-1, channels).mean(axis=1).astype(np.int16)
        samples = np.concatenate([self._rest, samples])
        whole = len(samples) // BLOCK_SAMPLES * BLOCK_SAMPLES
        self._rest = samples[whole:]
        return list(samples[:whole].reshape(-1, BLOCK_SAMPLES))
