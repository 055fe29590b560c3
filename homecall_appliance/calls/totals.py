"""What a call has sent and received by all of its peers. PURE.

Each peer counts from 0. A call may need several, one after the other, and what it counts must not
go back: Prometheus would take that for a restart of the daemon.
"""

from dataclasses import dataclass, field, replace

from homecall_appliance.media.audio.stats import Played
from homecall_appliance.media.webrtc.stats import Received, Sent


@dataclass(frozen=True)
class Totals:
    """What was sent and received so far; what does not count, such as a delay, is the last peer's.

    `received` is nobody's to change.
    """

    sent: Sent = field(default_factory=Sent)
    received: Received = field(default_factory=Received)

    def plus(self, sent: Sent, received: Received) -> "Totals":
        """Return the totals with one more peer's."""
        return Totals(_sent(self.sent, sent), _received(self.received, received))


def _sent(before: Sent, last: Sent) -> Sent:
    return replace(
        last,
        video_frames=before.video_frames + last.video_frames,
        video_bytes=before.video_bytes + last.video_bytes,
        video_dropped=before.video_dropped + last.video_dropped,
        keyframes_wanted=before.keyframes_wanted + last.keyframes_wanted,
        audio_frames=before.audio_frames + last.audio_frames,
        audio_bytes=before.audio_bytes + last.audio_bytes,
    )


def _received(before: Received, last: Received) -> Received:
    return replace(
        last,
        video_frames=before.video_frames + last.video_frames,
        sound=_played(before.sound, last.sound),
    )


def _played(before: Played, last: Played) -> Played:
    return replace(
        last,
        packets=before.packets + last.packets,
        late=before.late + last.late,
        recovered=before.recovered + last.recovered,
        concealed=before.concealed + last.concealed,
        comfort=before.comfort + last.comfort,
        stretched=before.stretched + last.stretched,
        left_out=before.left_out + last.left_out,
    )
