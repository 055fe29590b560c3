"""The state of the running appliance, as GET /status tells it. PURE.

The JSON keys are an interface, and are the names of the fields in camel case: see json_values.
What only grows does so for the life of the daemon, and in a call for the life of the call.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from homecall_appliance.control.json_values import OMIT_NONE, from_values, to_values


@dataclass(frozen=True)
class LinkStatus:
    """The link of the moment."""

    url: str = ""
    session_id: str = ""
    """Empty: there is none."""

    problem: str | None = field(default=None, metadata=OMIT_NONE)
    """Why it leads to an address, although server.public_host is a name: sentences for the
    owner."""

    def to_json(self) -> dict[str, Any]:
        """Return the answer to GET /link."""
        values: dict[str, Any] = to_values(self)
        return values


@dataclass(frozen=True)
class SessionCounts:
    """Sessions by state, the appliance's own and those between two phones."""

    waiting: int = 0
    active: int = 0


@dataclass(frozen=True)
class SentStatus:
    """What was sent to the phone of a call."""

    video_codec: str | None = None
    video_frames: int = 0
    video_bytes: int = 0
    """Without the headers of RTP."""

    video_dropped: int = 0
    """Frames that the phone was too slow for, or could not have decoded."""

    video_loss: float = 0.0
    """The part of the packets that was lost, by the phone's last report: 0 to 1."""

    round_trip: float | None = None
    """Seconds to the phone and back; None until it is known."""

    key_frames_wanted: int = 0
    """How often nothing but a key frame was of use, to the phone or after a loss here."""

    audio_frames: int = 0
    audio_bytes: int = 0
    """Without the headers of RTP."""


@dataclass(frozen=True)
class ReceivedStatus:
    """What came from the phone of a call. Blocks of sound are of 20 ms."""

    video_frames: int = 0
    """Those that were decoded."""

    video_size: tuple[int, int] = (0, 0)
    """Width and height of the last frame, in pixels; 0 before the first."""

    audio_frames: int = 0
    audio_level: float = -100.0
    """Of the last block: RMS in dB relative to full scale; -100 is digital silence."""

    audio_late: int = 0
    """Frames that came after their time, or twice."""

    audio_recovered: int = 0
    """Lost frames whose copy was in the next one."""

    audio_concealed: int = 0
    """Blocks that the decoder has made up for what was lost, or late."""

    audio_comfort: int = 0
    """Blocks of comfort noise, while the phone sent nothing in a silence."""

    audio_stretched: int = 0
    """Blocks that were made longer or shorter."""

    audio_left_out: int = 0
    """Frames that were not played, in order not to be late."""

    audio_delay: float = 0.0
    """Seconds between the arrival of the fastest packet and its playout."""

    audio_wanted_delay: float = 0.0
    """Seconds that this ought to be."""


@dataclass(frozen=True)
class CandidateTypesStatus:
    """The types of ICE candidates: "host", "srflx", "prflx" or "relay" (RFC 8445, section 4)."""

    local: tuple[str, ...] = ()
    """Those of the appliance, in alphabetical order."""

    remote: tuple[str, ...] = ()
    """Those of the phone."""


@dataclass(frozen=True)
class CallStatus:
    """A call with the appliance."""

    number: int = 0
    """From 1 in the order in which calls begin; no two calls of the daemon's life have the same."""

    session_id: str = ""
    history: tuple[str, ...] = ()
    """Its states so far (calls/negotiation.py, CallState), the last one last."""

    sent: SentStatus | None = field(default=None, metadata=OMIT_NONE)
    """None before the first offer, as is `received`."""

    received: ReceivedStatus | None = field(default=None, metadata=OMIT_NONE)

    candidate_types: CandidateTypesStatus | None = field(default=None, metadata=OMIT_NONE)
    """By which media go, or which were tried before that; None before the first offer."""

    ringing: bool = False
    """Whether somebody inside is asked to accept it."""


@dataclass(frozen=True)
class FailedCallStatus:
    """A call that did not come about: no way through the networks was found."""

    session_id: str = ""
    age: float = 0.0
    """Seconds since it was given up."""

    problem: str = ""
    """What to do about it: sentences for the owner."""

    candidate_types: CandidateTypesStatus | None = field(default=None, metadata=OMIT_NONE)


@dataclass(frozen=True)
class IceServerStatus:
    """What a STUN or TURN server did when it was last asked for an address; or Cloudflare, where it
    gave no credentials for one."""

    url: str = ""
    """As it is configured."""

    state: str = ""
    """"works", "silent", "refuses" or "unreachable" (media/webrtc/server_memory.py)."""

    age: float = 0.0
    """Seconds since it was asked."""

    problem: str | None = None
    """Why it gives none, and what to do about it: sentences for the owner; None: it works."""


@dataclass(frozen=True)
class DeviceStatus:
    """A device that the calls share."""

    state: str = ""
    """"open" or "closed"; empty: not told."""

    problem: str | None = None
    """A sentence for the owner."""


@dataclass(frozen=True)
class CameraStatus(DeviceStatus):
    """The camera."""

    bitrate: int = 0
    """What each encoder of the picture gives at most, in bit/s."""

    off: bool = False
    """Whether somebody inside has closed it for the calls of the moment."""


@dataclass(frozen=True)
class EchoStatus:
    """What the echo canceller knows."""

    name: str = ""
    """Which one it is."""

    delay: float | None = None
    """Milliseconds after which the microphone hears what is played; None: not known."""

    drift: int | None = None
    """By how many millionths the loudspeaker's clock is faster than the microphone's."""


@dataclass(frozen=True)
class AudioStatus(DeviceStatus):
    """The microphone and the loudspeaker."""

    xruns: int = 0
    """How often the sound system has said that blocks came too late, or were lost."""

    concealed_blocks: int = 0
    """Blocks of what was played that the echo canceller did not get in time."""

    drift_ppm: float = 0.0
    """By how many millionths the microphone's clock is faster than the loudspeaker's."""

    echo: EchoStatus = EchoStatus()

    microphone_problem: str | None = field(default=None, metadata=OMIT_NONE)
    """What is wrong with the microphone alone, as part of `problem`: the loudspeaker works."""

    speaker_problem: str | None = field(default=None, metadata=OMIT_NONE)
    """The same of the loudspeaker."""

    muted: bool = False
    """Whether somebody inside has muted the microphone for the calls of the moment."""


@dataclass(frozen=True)
class AuthorityStatus:
    """The authority of the appliance's own that phones are asked to trust."""

    name: str = ""
    fingerprint: str = ""
    """What its fingerprint begins with, as the screen shows it."""

    end: datetime | None = None


@dataclass(frozen=True)
class CertificateStatus:
    """The certificate that is served; `problem` and `notice` are sentences for the owner."""

    problem: str | None = None
    notice: str | None = None
    authority: AuthorityStatus | None = None
    """None where phones know it already."""


@dataclass(frozen=True)
class DisplayStatus:
    """The screen."""

    where: str | None = None
    """Where the code is shown, in words; empty: nowhere; None: not told."""

    problem: str | None = None
    """A sentence for the owner."""


@dataclass(frozen=True)
class ProcessStatus:
    """What the daemon takes of the machine."""

    tasks: int = 0
    threads: int = 0
    file_descriptors: int = 0
    rss_bytes: int = 0


@dataclass(frozen=True)
class Status:
    """The state of the appliance at one moment; a part that was not told has its defaults."""

    version: str = ""
    uptime: float | None = None
    """Seconds since the daemon has started."""

    link: LinkStatus = LinkStatus()
    sessions: SessionCounts = SessionCounts()
    queued_bytes: int = 0
    """Bytes of messages that wait for absent participants."""

    connections: int = 0
    """Open connections of the HTTPS and the HTTP port."""

    calls: tuple[CallStatus, ...] = ()
    """Those in progress, in the order in which their phones came."""
    failed_call: FailedCallStatus | None = field(default=None, metadata=OMIT_NONE)
    """The last one that did not come about; None: there is none since the start."""

    ice_servers: tuple[IceServerStatus, ...] = ()
    """Those that were asked since the start."""

    events_lost: int = 0
    """Events that a recipient of the owner's has not got, counted for each recipient."""

    camera: CameraStatus = CameraStatus()
    audio: AudioStatus = AudioStatus()
    certificate: CertificateStatus = CertificateStatus()
    display: DisplayStatus = DisplayStatus()
    process: ProcessStatus = ProcessStatus()

    def to_json(self) -> dict[str, Any]:
        """Return the answer to GET /status."""
        values: dict[str, Any] = to_values(self)
        return values

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Status":
        """Read an answer, which may be another version's; raises WrongTypeError."""
        return from_values(cls, values)
