"""What the status tells of the parts of the appliance."""

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from homecall_appliance.app.name_monitor import NameMonitor
from homecall_appliance.app.overview import fingerprint, troubles
from homecall_appliance.app.status import (
    audio_status,
    certificate_status,
    failed_call_status,
    ice_server_status,
)
from homecall_appliance.calls.no_path import NoPath
from homecall_appliance.certificates.authority import authority_name
from homecall_appliance.config.model import Camera
from homecall_appliance.control.status import (
    AudioStatus,
    AuthorityStatus,
    CandidateTypesStatus,
    CertificateStatus,
    EchoStatus,
    FailedCallStatus,
    IceServerStatus,
)
from homecall_appliance.media.audio.echo.off import Off
from homecall_appliance.media.audio.shared_audio import SharedAudio
from homecall_appliance.media.ports import Exchange, SoundFigures, SoundProblems
from homecall_appliance.media.video.shared_camera import SharedCamera
from homecall_appliance.media.webrtc.server_memory import ServerRecord, ServerState
from homecall_appliance.media.webrtc.stats import CandidateTypes
from homecall_appliance.network.resolver import Resolver
from homecall_appliance.web.onboarding import short_fingerprint
from tests.support.tls_world import Pair, World


class Hurried:
    """A sound device that has not kept pace."""

    figures = SoundFigures(xruns=3, concealed=5, drift=-123.456)
    problems = SoundProblems()

    def open(self, exchange: Exchange, *, capture: bool = True) -> AbstractContextManager[None]:
        return nullcontext()


async def test_how_well_the_sound_device_keeps_pace() -> None:
    assert audio_status(SharedAudio(Hurried(), Off(), 100)) == AudioStatus(
        "closed",
        None,
        xruns=3,
        concealed_blocks=5,
        drift_ppm=-123.5,
        echo=EchoStatus("off", None, None),
    )


class Muted(Hurried):
    """A sound device whose microphone was muted in the last call."""

    problems = SoundProblems(microphone="It is muted.", muted=True)


async def test_a_microphone_that_is_muted(tmp_path: Path) -> None:
    audio, camera = SharedAudio(Muted(), Off(), 100), SharedCamera(Camera())
    own = World(tmp_path / "tls").authority()
    name = NameMonitor("door.example.org", Resolver().ask, lambda: None)
    audio.looked_at("It is muted.")
    told = audio_status(audio)
    assert (told.problem, told.microphone_problem, told.speaker_problem) == (
        *("It is muted.", "It is muted."),
        None,
    )
    assert troubles(camera, audio, own, name) == {"muted": "It is muted."}
    audio.looked_at("The sound card was lost.")
    assert audio_status(audio).microphone_problem is None, "it is about something else"
    assert troubles(camera, audio, own, name) == {"microphone": "The sound card was lost."}


def test_the_authority_is_named_where_phones_are_asked_to_trust_one(tmp_path: Path) -> None:
    own = World(tmp_path / "tls").authority()
    pem = own.authority_pem
    authority = AuthorityStatus(authority_name(pem), short_fingerprint(pem), own.authority_end)
    assert certificate_status(own, "pi") == CertificateStatus(authority=authority)
    assert fingerprint(own, "pi") == short_fingerprint(pem)
    pair = Pair(tmp_path)
    pair.write()
    files = pair.certificates()
    assert certificate_status(files, "pi") == CertificateStatus()
    assert fingerprint(files, "pi") == ""


def test_what_a_server_did() -> None:
    silent = ServerRecord("turn:a", ServerState.SILENT, "it does not answer", 40.0, "Start it.")
    assert ice_server_status(silent, 52.34) == IceServerStatus(
        "turn:a", "silent", 12.3, "turn:a gives no address: it does not answer. Start it."
    )
    works = ServerRecord("stun:a", ServerState.WORKS, "", 40.0)
    assert ice_server_status(works, 41.0) == IceServerStatus("stun:a", "works", 1.0, None)


def test_a_call_that_did_not_come_about() -> None:
    types = CandidateTypes(frozenset({"relay", "host"}), frozenset())
    assert failed_call_status(NoPath("s", 40.0, types, "Do this."), 52.34) == FailedCallStatus(
        "s", 12.3, "Do this.", CandidateTypesStatus(("host", "relay"), ())
    )
    assert failed_call_status(None, 1.0) is None
