"""The state of the appliance, as the control socket tells it."""

import asyncio
import time
from collections.abc import Callable

from homecall_appliance import __version__
from homecall_appliance.app.link import Link
from homecall_appliance.calls.call import Call
from homecall_appliance.calls.no_path import NoPath
from homecall_appliance.calls.reception import Reception
from homecall_appliance.certificates.authority import authority_name
from homecall_appliance.certificates.tls import Certificates
from homecall_appliance.control.status import (
    AudioStatus,
    AuthorityStatus,
    CallStatus,
    CameraStatus,
    CandidateTypesStatus,
    CertificateStatus,
    DisplayStatus,
    EchoStatus,
    FailedCallStatus,
    IceServerStatus,
    ProcessStatus,
    ReceivedStatus,
    SentStatus,
    SessionCounts,
    Status,
)
from homecall_appliance.display.screen import Screen
from homecall_appliance.media.audio.shared_audio import SharedAudio
from homecall_appliance.media.shared import Shared
from homecall_appliance.media.video.shared_camera import SharedCamera
from homecall_appliance.media.webrtc.server_memory import ServerMemory, ServerRecord, ServerState
from homecall_appliance.media.webrtc.stats import CandidateTypes, Received, Sent
from homecall_appliance.service import process
from homecall_appliance.signaling.hub import Hub
from homecall_appliance.web.guard import Guard
from homecall_appliance.web.onboarding import short_fingerprint


class StatusReader:
    """Reads the state of the appliance from its parts."""

    def __init__(
        self,
        *,
        hub: Hub,
        guard: Guard,
        reception: Reception,
        camera: SharedCamera,
        audio: SharedAudio,
        screen: Screen,
        certificates: Certificates,
        link: Link,
        servers: ServerMemory,
        events_lost: Callable[[], int],
    ) -> None:
        """The daemon counts as started now. `servers` has what STUN and TURN servers did;
        `events_lost` returns how many events recipients of the owner's have not got."""
        self._started = time.monotonic()
        self._hub = hub
        self._guard = guard
        self._reception = reception
        self._camera = camera
        self._audio = audio
        self._screen = screen
        self._certificates = certificates
        self._link = link
        self._servers = servers
        self._events_lost = events_lost

    def read(self) -> Status:
        """Return the state of the moment; in the event loop's thread."""
        now = asyncio.get_running_loop().time()
        return Status(
            version=__version__,
            uptime=round(time.monotonic() - self._started, 1),
            link=self._link.status,
            sessions=SessionCounts(**self._hub.counts()),
            queued_bytes=self._hub.queued_bytes,
            connections=self._guard.connections,
            calls=tuple(call_status(call) for call in self._reception.calls),
            failed_call=failed_call_status(self._reception.no_path, now),
            ice_servers=tuple(ice_server_status(each, now) for each in self._servers.records),
            events_lost=self._events_lost(),
            camera=camera_status(self._camera),
            audio=audio_status(self._audio),
            certificate=certificate_status(self._certificates, self._link.host),
            display=DisplayStatus(self._screen.where, self._screen.problem),
            process=process_status(),
        )


def call_status(call: Call) -> CallStatus:
    """Return the state of a call, and what was sent and received."""
    totals = call.totals
    return CallStatus(
        number=call.number,
        session_id=call.session_id,
        history=tuple(state.value for state in call.history),
        sent=sent_status(totals.sent) if totals else None,
        received=received_status(totals.received) if totals else None,
        candidate_types=candidate_types_status(call.candidate_types),
        ringing=call.ringing,
    )


def failed_call_status(failed: NoPath | None, now: float) -> FailedCallStatus | None:
    """Return what the owner should know of a call that did not come about."""
    if failed is None:
        return None
    return FailedCallStatus(
        failed.session_id,
        round(now - failed.when, 1),
        failed.advice,
        candidate_types_status(failed.candidate_types),
    )


def ice_server_status(record: ServerRecord, now: float) -> IceServerStatus:
    """Return what a server did when it was last asked."""
    works = record.state is ServerState.WORKS
    return IceServerStatus(
        record.url,
        record.state.value,
        round(now - record.when, 1),
        None if works else record.sentence,
    )


def candidate_types_status(types: CandidateTypes | None) -> CandidateTypesStatus | None:
    """Return which candidates a call goes by."""
    if types is None:
        return None
    return CandidateTypesStatus(tuple(sorted(types.local)), tuple(sorted(types.remote)))


def sent_status(sent: Sent) -> SentStatus:
    """Return what was sent to a phone."""
    return SentStatus(
        video_codec=sent.video_codec,
        video_frames=sent.video_frames,
        video_bytes=sent.video_bytes,
        video_dropped=sent.video_dropped,
        video_loss=round(sent.video_loss, 3),
        round_trip=None if sent.round_trip is None else round(sent.round_trip, 4),
        key_frames_wanted=sent.keyframes_wanted,
        audio_frames=sent.audio_frames,
        audio_bytes=sent.audio_bytes,
    )


def received_status(received: Received) -> ReceivedStatus:
    """Return what came from a phone."""
    sound = received.sound
    return ReceivedStatus(
        video_frames=received.video_frames,
        video_size=(received.video_width, received.video_height),
        audio_frames=sound.packets,
        audio_level=round(sound.level, 1),
        audio_late=sound.late,
        audio_recovered=sound.recovered,
        audio_concealed=sound.concealed,
        audio_comfort=sound.comfort,
        audio_stretched=sound.stretched,
        audio_left_out=sound.left_out,
        audio_delay=round(sound.delay, 3),
        audio_wanted_delay=round(sound.wanted_delay, 3),
    )


def camera_status(camera: SharedCamera) -> CameraStatus:
    """Return the state of the camera."""
    return CameraStatus(_state(camera), camera.problem, camera.bitrate, camera.off)


def audio_status(audio: SharedAudio) -> AudioStatus:
    """Return the state of the sound device, and how well it has kept pace."""
    figures, problems, echo = audio.figures, audio.problems, audio.echo
    return AudioStatus(
        _state(audio),
        audio.problem,
        microphone_problem=problems.microphone,
        speaker_problem=problems.loudspeaker,
        xruns=figures.xruns,
        concealed_blocks=figures.concealed,
        drift_ppm=round(figures.drift, 1),
        echo=EchoStatus(echo.name, echo.delay, echo.drift),
        muted=audio.muted,
    )


def certificate_status(certificates: Certificates, host: str) -> CertificateStatus:
    """Return what the owner should know of the certificate, and the authority that phones are asked
    to trust to open links to this host."""
    pem, end = certificates.authority_pem, certificates.authority_end
    authority = None
    if pem and certificates.needs_trust(host):
        authority = AuthorityStatus(authority_name(pem), short_fingerprint(pem), end)
    return CertificateStatus(certificates.problem, certificates.notice, authority)


def process_status() -> ProcessStatus:
    """Return what the daemon takes of the machine."""
    usage = process.usage()
    return ProcessStatus(
        tasks=len(asyncio.all_tasks()),
        threads=usage.threads,
        file_descriptors=usage.file_descriptors,
        rss_bytes=usage.rss_bytes,
    )


def _state(device: Shared) -> str:
    return "open" if device.open else "closed"
