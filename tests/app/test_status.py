"""What is told of a call in progress."""

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from homecall_appliance.app.status import (
    audio_status,
    call_figures,
    call_status,
    certificate_status,
    fingerprint,
)
from homecall_appliance.control.status import (
    AudioStatus,
    AuthorityStatus,
    CertificateStatus,
    EchoStatus,
)
from homecall_appliance.media.audio.echo.off import Off
from homecall_appliance.media.audio.shared_audio import SharedAudio
from homecall_appliance.media.ports import Exchange, SoundFigures
from homecall_appliance.media.webrtc.datagrams import Drop
from homecall_appliance.service.metrics import Metrics
from homecall_appliance.web.onboarding import authority_name, short_fingerprint
from homecall_appliance.web.tls import CertificateFiles
from tests.support.call_world import call, gathered, house
from tests.support.tls_world import Pair, World


async def test_the_figures_of_a_call_are_those_of_its_status() -> None:
    figures = Metrics()
    async with house() as home:
        served, phone = await call(home)
        figures.calls(lambda: [call_figures(each) for each in home.reception.calls])
        text, status = figures.text().decode(), call_status(served)
        await phone.gone()
        await gathered()
    read = {
        sample.name: sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.labels == {"call": "1"}
    }
    sent, received = status.sent, status.received
    assert sent
    assert received
    assert read["homecall_call_sent_video_frames"] == sent.video_frames > 0
    assert read["homecall_call_sent_video_bytes"] == sent.video_bytes > 1000
    assert read["homecall_call_wanted_video_keyframes"] == sent.key_frames_wanted > 0
    assert read["homecall_call_sent_audio_frames"] == sent.audio_frames > 0
    assert read["homecall_call_sent_audio_bytes"] == sent.audio_bytes > 0
    assert read["homecall_call_received_audio_frames"] == received.audio_frames > 0
    assert served.session_id not in text


class Hurried:
    """A sound device that has not kept pace."""

    figures = SoundFigures(xruns=3, concealed=5, drift=-123.456)

    def open(self, exchange: Exchange) -> AbstractContextManager[None]:
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


def test_a_counter_is_asked_for_when_the_figures_are_read() -> None:
    figures, values = Metrics(), iter([1, 4])
    figures.counter("homecall_audio_xruns", "Xruns.", lambda: next(values))
    assert b"homecall_audio_xruns_total 1.0" in figures.text()
    text = figures.text()
    assert b"homecall_audio_xruns_total 4.0" in text
    assert b"# TYPE homecall_audio_xruns_total counter" in text


def test_datagrams_that_did_not_count_are_counted_by_reason() -> None:
    figures = Metrics()
    for reason in (Drop.SIZE, Drop.SOURCE, Drop.SIZE):
        figures.datagram_dropped(reason)
    text = figures.text()
    assert b'homecall_dropped_datagrams_total{reason="size"} 2.0' in text
    assert b'homecall_dropped_datagrams_total{reason="source"} 1.0' in text


def test_without_a_call_there_are_no_figures_of_one() -> None:
    figures = Metrics()
    figures.calls(list)
    assert b"homecall_call_" not in figures.text()


def test_the_authority_is_named_where_phones_are_asked_to_trust_one(tmp_path: Path) -> None:
    own = World(tmp_path / "tls").authority()
    pem = own.authority_pem
    authority = AuthorityStatus(authority_name(pem), short_fingerprint(pem), own.authority_end)
    assert certificate_status(own) == CertificateStatus(authority=authority)
    assert fingerprint(own) == short_fingerprint(pem)
    pair = Pair(tmp_path)
    pair.write()
    files = CertificateFiles(*pair.files)
    assert certificate_status(files) == CertificateStatus()
    assert fingerprint(files) == ""
