"""What a call has sent and received so far. PURE."""

from dataclasses import dataclass, field

from homecall_appliance.media.video.picture import Codec

SILENCE_DBFS = -100.0
"""The level of digital silence, in dB relative to full scale."""


@dataclass
class Played:
    """What became of the phone's sound so far. Blocks are of 20 ms."""

    packets: int = 0
    """That have come."""

    late: int = 0
    """Packets that came after their time, or twice."""

    recovered: int = 0
    """Lost packets whose copy was in the next one."""

    concealed: int = 0
    """Blocks that the decoder has made up."""

    stretched: int = 0
    """Blocks that were made longer or shorter."""

    left_out: int = 0
    """Packets that were not played, in order not to be late."""

    delay: float = 0.0
    """Seconds of the last block since the fastest packet would have brought it."""

    wanted_delay: float = 0.0
    """Seconds that it ought to be."""

    level: float = SILENCE_DBFS
    """Of the last block: RMS in dB relative to full scale."""


@dataclass
class Received:
    """What arrived from the phone so far."""

    video_frames: int = 0
    video_width: int = 0
    video_height: int = 0
    sound: Played = field(default_factory=Played)


@dataclass(frozen=True)
class Sent:
    """What was sent to the phone so far; `video_dropped` are pictures that it was too slow for."""

    video_codec: Codec | None = None
    video_frames: int = 0
    video_bytes: int = 0
    video_dropped: int = 0
    video_loss: float = 0.0
    """The part of the packets that was lost of late, by the phone's last report."""

    round_trip: float | None = None
    """Seconds to the phone and back; None until it is known."""

    keyframes_wanted: int = 0
    """How often nothing but a key frame was of use, to the phone or after a loss here."""

    audio_frames: int = 0
    audio_bytes: int = 0
