"""What the appliance tells of itself: as JSON values, as figures, and in words."""

import dataclasses
import math
from collections.abc import Collection
from typing import Any

from homecall_appliance.calls.call import Call
from homecall_appliance.calls.reception import Reception
from homecall_appliance.media.audio.shared_audio import SharedAudio
from homecall_appliance.media.shared import Shared
from homecall_appliance.media.video.shared_camera import SharedCamera
from homecall_appliance.service.metrics import Metrics
from homecall_appliance.signaling.hub import Hub
from homecall_appliance.web.guard import Guard
from homecall_appliance.web.onboarding import authority_name, short_fingerprint
from homecall_appliance.web.tls import Certificates


def device_status(device: Shared) -> dict[str, Any]:
    """Return the state of a device."""
    return {"state": "open" if device.open else "closed", "problem": device.problem}


def sound_status(sound: SharedAudio) -> dict[str, Any]:
    """Return the state of the sound device, and how well it has kept pace."""
    figures = sound.figures
    return {
        **device_status(sound),
        "xruns": figures.xruns,
        "concealedBlocks": figures.concealed,
        "driftPpm": round(figures.drift, 1),
        "echo": dataclasses.asdict(sound.echo),
    }


def certificate_status(certificates: Certificates) -> dict[str, Any]:
    """Return what the owner should know of the certificate, and the authority that phones trust."""
    pem, end = certificates.authority_pem, certificates.authority_end
    authority = pem and {
        "name": authority_name(pem),
        "fingerprint": short_fingerprint(pem),
        "end": end and end.isoformat(),
    }
    return {
        "problem": certificates.problem,
        "notice": certificates.notice,
        "authority": authority,
    }


def fingerprint(certificates: Certificates) -> str:
    """Return what a person compares to know that an authority is this appliance's; empty where
    phones know the authority already."""
    pem = certificates.authority_pem
    return short_fingerprint(pem) if pem else ""


def call_status(call: Call) -> dict[str, Any]:
    """Return the state of a call, and what was sent and received."""
    status: dict[str, Any] = {
        "sessionId": call.session_id,
        "history": [state.value for state in call.history],
    }
    if call.peer is not None:
        sent, received = call.peer.sent, call.peer.received
        sound = received.sound
        status["sent"] = {
            "videoCodec": sent.video_codec,
            "videoFrames": sent.video_frames,
            "videoBytes": sent.video_bytes,
            "videoDropped": sent.video_dropped,
            "videoLoss": round(sent.video_loss, 3),
            "roundTrip": None if sent.round_trip is None else round(sent.round_trip, 4),
            "keyFramesWanted": sent.keyframes_wanted,
            "audioFrames": sent.audio_frames,
            "audioBytes": sent.audio_bytes,
        }
        status["received"] = {
            "videoFrames": received.video_frames,
            "videoSize": [received.video_width, received.video_height],
            "audioFrames": sound.packets,
            "audioLevel": round(sound.level, 1),
            "audioLate": sound.late,
            "audioRecovered": sound.recovered,
            "audioConcealed": sound.concealed,
            "audioStretched": sound.stretched,
            "audioLeftOut": sound.left_out,
            "audioDelay": round(sound.delay, 3),
            "audioWantedDelay": round(sound.wanted_delay, 3),
        }
    return status


def call_figures(call: Call) -> dict[str, float]:
    """Return what was sent and received, under the names of its figures."""
    if call.peer is None:
        return {}
    sent, received = call.peer.sent, call.peer.received
    sound = received.sound
    return {
        "sent_video_frames": sent.video_frames,
        "sent_video_bytes": sent.video_bytes,
        "dropped_video_frames": sent.video_dropped,
        "lost_video_ratio": sent.video_loss,
        "round_trip_seconds": math.nan if sent.round_trip is None else sent.round_trip,
        "wanted_video_keyframes": sent.keyframes_wanted,
        "sent_audio_frames": sent.audio_frames,
        "sent_audio_bytes": sent.audio_bytes,
        "received_video_frames": received.video_frames,
        "received_audio_frames": sound.packets,
        "received_audio_level_dbfs": sound.level,
        "late_audio_frames": sound.late,
        "recovered_audio_frames": sound.recovered,
        "concealed_audio_blocks": sound.concealed,
        "stretched_audio_blocks": sound.stretched,
        "left_out_audio_frames": sound.left_out,
        "audio_delay_seconds": sound.delay,
        "wanted_audio_delay_seconds": sound.wanted_delay,
    }


def in_words(calls: int, problems: Collection[str]) -> str:
    """Return the state for `systemctl status`."""
    match calls:
        case 0:
            state = "Ready for a call."
        case 1:
            state = "A call is in progress."
        case _:
            state = f"{calls} calls are in progress."
    return " ".join([state, *problems])


def describe(
    figures: Metrics,
    *,
    hub: Hub,
    guard: Guard,
    reception: Reception,
    camera: SharedCamera,
    audio: SharedAudio,
) -> None:
    """Tell the figures where to find what they are not told."""
    figures.sessions(hub.counts)
    figures.calls(lambda: [call_figures(call) for call in reception.calls])
    figures.gauge(
        "homecall_queue_bytes",
        "Bytes of messages that wait for absent participants.",
        lambda: hub.queued_bytes,
    )
    figures.gauge(
        "homecall_calls",
        "Calls with the appliance in progress.",
        lambda: len(reception.calls),
    )
    figures.gauge(
        "homecall_video_bitrate",
        "What each encoder of the picture gives at most, in bit/s.",
        lambda: camera.bitrate,
    )
    figures.counter(
        "homecall_audio_xruns",
        "How often sound came too late, or was lost, by the sound system's own account.",
        lambda: audio.figures.xruns,
    )
    figures.counter(
        "homecall_audio_concealed_blocks",
        "Blocks of what was played that the echo canceller did not get in time.",
        lambda: audio.figures.concealed,
    )
    figures.gauge(
        "homecall_audio_drift_ppm",
        "By how many millionths the microphone's clock is faster than the loudspeaker's.",
        lambda: audio.figures.drift,
    )
    figures.gauge("homecall_connections", "Open connections.", lambda: guard.connections)
