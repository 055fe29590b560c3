"""The appliance's own tracks, and what is done with the phone's."""

from fractions import Fraction

import numpy as np
from aiortc import MediaStreamTrack
from av import AudioFrame, VideoFrame

from homecall_appliance.media.capture import Feed
from homecall_appliance.media.ports import BLOCK_SAMPLES, SAMPLE_RATE, Block

_SOUND_TIME_BASE = Fraction(1, SAMPLE_RATE)


class CameraTrack(MediaStreamTrack):
    """The picture of the appliance, as one call gets it."""

    kind = "video"

    def __init__(self, feed: Feed[VideoFrame]) -> None:
        super().__init__()
        self._feed = feed
        self.frames = 0

    async def recv(self) -> VideoFrame:
        """Wait for the newest frame; it keeps the camera's own time."""
        frame = await self._feed.get()
        self.frames += 1
        return frame


class MicrophoneTrack(MediaStreamTrack):
    """The sound of the appliance, as one call gets it."""

    kind = "audio"

    def __init__(self, feed: Feed[Block]) -> None:
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
