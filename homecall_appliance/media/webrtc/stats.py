"""What a call has sent and received so far. PURE."""

from dataclasses import dataclass, field

from homecall_appliance.media.audio.stats import Played
from homecall_appliance.media.video.picture import Codec


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
