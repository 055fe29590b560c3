"""The microphone's sound as every call gets it, encoded once (RFC 6716)."""

from dataclasses import dataclass
from fractions import Fraction

from av import AudioFrame, CodecContext
from av.audio.codeccontext import AudioCodecContext

from homecall_appliance.media.ports import BLOCK_SAMPLES, SAMPLE_RATE, Block

BITRATE = 40_000
"""Bits per second: full-band speech in mono without audible loss (RFC 7587, section 3.1.1)."""

EXPECTED_LOSS = 5
"""Per cent of the packets, for which each carries a coarse copy of the one before (FEC)."""


@dataclass(frozen=True)
class Sound:
    """One packet of Opus."""

    data: bytes

    timestamp: int
    """Samples since the encoder was made (RFC 7587, section 4.1)."""

    @property
    def payloads(self) -> list[bytes]:
        """What its RTP packets carry."""
        return [self.data]


class OpusEncoder:
    """Encodes blocks one after the other. For one thread at a time."""

    def __init__(self) -> None:
        self._context: AudioCodecContext = CodecContext.create("libopus", "w")
        self._context.format, self._context.layout = "s16", "mono"
        self._context.sample_rate = SAMPLE_RATE
        self._context.time_base = Fraction(1, SAMPLE_RATE)
        self._context.bit_rate = BITRATE
        self._context.options = {
            "application": "voip",
            "frame_duration": str(1000 * BLOCK_SAMPLES // SAMPLE_RATE),
            "fec": "1",
            "packet_loss": str(EXPECTED_LOSS),
        }
        self._timestamp = 0

    def encode(self, block: Block) -> Sound:
        """Return the packet of a block."""
        frame = AudioFrame.from_ndarray(block.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate, frame.time_base = SAMPLE_RATE, self._context.time_base
        frame.pts = self._timestamp
        [packet] = self._context.encode(frame)
        sound = Sound(bytes(packet), self._timestamp)
        self._timestamp += BLOCK_SAMPLES
        return sound
