"""The figures of the appliance: what GET /metrics tells of a Status. PURE.

One row for each figure, with where it is read from. What is counted as it happens, and belongs to
no Status (messages, refusals, datagrams, delays), is told to service/metrics.py itself. Names and
units follow prometheus.io/docs/practices/naming: base units, and "_total" for what only grows.
No figure tells a session's id (docs/protocol.md, section 9): a call is known by its number.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Generic, Literal, TypeVar

from homecall_appliance.control.status import ReceivedStatus, SentStatus, Status

Kind = Literal["counter", "gauge"]

T = TypeVar("T")


@dataclass(frozen=True)
class Figure(Generic[T]):
    """A row: a figure of a T, which is the Status or a part of it."""

    name: str
    """As Prometheus knows it; it ends with the unit, and "_total" for a counter."""

    kind: Kind
    unit: str
    """Prometheus's base unit, or what is counted."""

    text: str
    """What it tells, in a sentence."""

    read: Callable[[T], float | None]
    """Returns its value; None: it is not known yet."""

    labels: Mapping[str, str] = field(default_factory=dict)
    """What sets it apart from other figures of the same name."""


@dataclass(frozen=True)
class Sample:
    """The value of a figure at one moment."""

    name: str
    kind: Kind
    text: str
    labels: Mapping[str, str]
    value: float


FIGURES: tuple[Figure[Status], ...] = (
    Figure(
        "homecall_sessions",
        "gauge",
        "sessions",
        "Sessions by state.",
        lambda status: status.sessions.waiting,
        {"state": "waiting"},
    ),
    Figure(
        "homecall_sessions",
        "gauge",
        "sessions",
        "Sessions by state.",
        lambda status: status.sessions.active,
        {"state": "active"},
    ),
    Figure(
        "homecall_queue_bytes",
        "gauge",
        "bytes",
        "Bytes of messages that wait for absent participants.",
        lambda status: status.queued_bytes,
    ),
    Figure(
        "homecall_connections",
        "gauge",
        "connections",
        "Open connections.",
        lambda status: status.connections,
    ),
    Figure(
        "homecall_calls",
        "gauge",
        "calls",
        "Calls with the appliance in progress.",
        lambda status: len(status.calls),
    ),
    Figure(
        "homecall_lost_events_total",
        "counter",
        "events",
        "Events that a program, web server or broker of the owner's has not got.",
        lambda status: status.events_lost,
    ),
    Figure(
        "homecall_video_target_bytes_per_second",
        "gauge",
        "bytes_per_second",
        "What each encoder of the picture gives at most.",
        lambda status: status.camera.bitrate / 8,
    ),
    Figure(
        "homecall_audio_xruns_total",
        "counter",
        "xruns",
        "How often sound came too late, or was lost, by the sound system's own account.",
        lambda status: status.audio.xruns,
    ),
    Figure(
        "homecall_audio_concealed_blocks_total",
        "counter",
        "blocks",
        "Blocks of what was played that the echo canceller did not get in time.",
        lambda status: status.audio.concealed_blocks,
    ),
    Figure(
        "homecall_audio_drift_ratio",
        "gauge",
        "ratio",
        "By which part of itself the microphone's clock is faster than the loudspeaker's.",
        lambda status: status.audio.drift_ppm / 1e6,
    ),
)

SENT_FIGURES: tuple[Figure[SentStatus], ...] = (
    Figure(
        "homecall_call_sent_video_frames_total",
        "counter",
        "frames",
        "Frames of the picture that were sent to the phone.",
        lambda sent: sent.video_frames,
    ),
    Figure(
        "homecall_call_sent_video_bytes_total",
        "counter",
        "bytes",
        "Bytes of the picture that were sent to the phone, without headers.",
        lambda sent: sent.video_bytes,
    ),
    Figure(
        "homecall_call_dropped_video_frames_total",
        "counter",
        "frames",
        "Frames of the picture that the phone was too slow for, or could not have decoded.",
        lambda sent: sent.video_dropped,
    ),
    Figure(
        "homecall_call_wanted_video_keyframes_total",
        "counter",
        "keyframes",
        "How often nothing but a key frame was of use, to the phone or after a loss here.",
        lambda sent: sent.key_frames_wanted,
    ),
    Figure(
        "homecall_call_lost_video_ratio",
        "gauge",
        "ratio",
        "The part of the picture's packets that was lost, by the phone's last report.",
        lambda sent: sent.video_loss,
    ),
    Figure(
        "homecall_call_round_trip_seconds",
        "gauge",
        "seconds",
        "Time to the phone and back.",
        lambda sent: sent.round_trip,
    ),
    Figure(
        "homecall_call_sent_audio_frames_total",
        "counter",
        "frames",
        "Frames of sound that were sent to the phone.",
        lambda sent: sent.audio_frames,
    ),
    Figure(
        "homecall_call_sent_audio_bytes_total",
        "counter",
        "bytes",
        "Bytes of sound that were sent to the phone, without headers.",
        lambda sent: sent.audio_bytes,
    ),
)
"""Of each call."""

RECEIVED_FIGURES: tuple[Figure[ReceivedStatus], ...] = (
    Figure(
        "homecall_call_received_video_frames_total",
        "counter",
        "frames",
        "Frames of the phone's picture that were decoded.",
        lambda received: received.video_frames,
    ),
    Figure(
        "homecall_call_received_audio_frames_total",
        "counter",
        "frames",
        "Frames of the phone's sound that have come.",
        lambda received: received.audio_frames,
    ),
    Figure(
        "homecall_call_late_audio_frames_total",
        "counter",
        "frames",
        "Frames of the phone's sound that came after their time, or twice.",
        lambda received: received.audio_late,
    ),
    Figure(
        "homecall_call_recovered_audio_frames_total",
        "counter",
        "frames",
        "Lost frames of the phone's sound whose copy was in the next one.",
        lambda received: received.audio_recovered,
    ),
    Figure(
        "homecall_call_discarded_audio_frames_total",
        "counter",
        "frames",
        "Frames of the phone's sound that were not played, in order not to be late.",
        lambda received: received.audio_left_out,
    ),
    Figure(
        "homecall_call_concealed_audio_blocks_total",
        "counter",
        "blocks",
        "Blocks of 20 ms that the decoder of the phone's sound has made up for lost or late ones.",
        lambda received: received.audio_concealed,
    ),
    Figure(
        "homecall_call_comfort_audio_blocks_total",
        "counter",
        "blocks",
        "Blocks of 20 ms of comfort noise, while the phone sent nothing in a silence.",
        lambda received: received.audio_comfort,
    ),
    Figure(
        "homecall_call_stretched_audio_blocks_total",
        "counter",
        "blocks",
        "Blocks of 20 ms of the phone's sound that were made longer or shorter.",
        lambda received: received.audio_stretched,
    ),
    Figure(
        "homecall_call_received_audio_level_dbfs",
        "gauge",
        "dbfs",
        "The level of the last block of the phone's sound: RMS in dB relative to full scale.",
        lambda received: received.audio_level,
    ),
    Figure(
        "homecall_call_audio_delay_seconds",
        "gauge",
        "seconds",
        "Time between the arrival of the fastest packet of sound and its playout.",
        lambda received: received.audio_delay,
    ),
    Figure(
        "homecall_call_audio_target_delay_seconds",
        "gauge",
        "seconds",
        "What the delay of the phone's sound ought to be.",
        lambda received: received.audio_wanted_delay,
    ),
)
"""Of each call."""


def samples(status: Status) -> Iterator[Sample]:
    """Yield the value of each figure that is known; those of one name follow each other."""
    for figure in FIGURES:
        yield from _sample(figure, status, figure.labels)
    calls = [(call, {"call": str(call.number)}) for call in status.calls]
    for sent_figure in SENT_FIGURES:
        for call, labels in calls:
            if call.sent:
                yield from _sample(sent_figure, call.sent, labels)
    for received_figure in RECEIVED_FIGURES:
        for call, labels in calls:
            if call.received:
                yield from _sample(received_figure, call.received, labels)


def _sample(figure: Figure[T], of: T, labels: Mapping[str, str]) -> Iterator[Sample]:
    value = figure.read(of)
    if value is not None:
        yield Sample(figure.name, figure.kind, figure.text, labels, value)
