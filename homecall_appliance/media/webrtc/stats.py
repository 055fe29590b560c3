"""What a call has sent and received so far, and by which way. PURE."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol, Self

from homecall_appliance.media.audio.stats import Played
from homecall_appliance.media.video.picture import Codec


class Typed(Protocol):
    """An ICE candidate."""

    @property
    def type(self) -> str:
        """Return "host", "srflx", "prflx" or "relay"."""
        ...


@dataclass(frozen=True)
class CandidateTypes:
    """Types of ICE candidates: "host", "srflx", "prflx" or "relay" (RFC 8445, section 4). They tell
    which way media take, or why there is none, and nobody's address."""

    local: frozenset[str]
    """Those of this side."""

    remote: frozenset[str]
    """Those of the phone, as far as they were tried."""

    @classmethod
    def of(cls, local: Iterable[Typed], remote: Iterable[Typed]) -> Self:
        """Return the types of these candidates."""
        return cls(*(frozenset(each.type for each in side) for side in (local, remote)))

    def __str__(self) -> str:
        """Return them for the log: "host here; host, srflx at the phone"."""
        here, there = (", ".join(sorted(side)) or "none" for side in (self.local, self.remote))
        return f"{here} here; {there} at the phone"


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
