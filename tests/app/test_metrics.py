"""What GET /metrics tells."""

import pytest
from prometheus_client.parser import text_string_to_metric_families

from homecall_appliance.app.status import call_status
from homecall_appliance.control.figures import samples
from homecall_appliance.control.status import Status
from homecall_appliance.media.webrtc.datagrams import Drop
from homecall_appliance.service.metrics import Metrics
from homecall_appliance.signaling.messages import Hangup
from tests.support.call_world import House, call, gathered, house, until

pytestmark = pytest.mark.apt


def written(home: House) -> str:
    """The figures of the calls of the moment."""
    calls = tuple(call_status(each) for each in home.reception.calls)
    return Metrics().text(samples(Status(calls=calls))).decode()


def read(text: str, number: int) -> dict[str, float]:
    """The figures of one call."""
    return {
        sample.name: sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.labels == {"call": str(number)}
    }


async def test_the_figures_of_a_call_are_those_of_its_status() -> None:
    async with house() as home:
        served, phone = await call(home)
        text, status = written(home), call_status(served)
        await phone.gone()
        await gathered()
    figures, sent, received = read(text, 1), status.sent, status.received
    assert sent
    assert received
    assert figures["homecall_call_sent_video_frames_total"] == sent.video_frames > 0
    assert figures["homecall_call_sent_video_bytes_total"] == sent.video_bytes > 1000
    assert figures["homecall_call_wanted_video_keyframes_total"] == sent.key_frames_wanted > 0
    assert figures["homecall_call_sent_audio_frames_total"] == sent.audio_frames > 0
    assert figures["homecall_call_sent_audio_bytes_total"] == sent.audio_bytes > 0
    assert figures["homecall_call_received_audio_frames_total"] == received.audio_frames > 0
    assert served.session_id not in text


async def test_the_next_call_does_not_go_on_with_the_figures_of_the_last() -> None:
    async with house() as home:
        _, ann = await call(home)
        _, bob = await call(home)
        before = read(written(home), 2)
        ann.say(Hangup(ann.session_id))
        await until(lambda: len(home.reception.calls) == 1)
        text = written(home)
        assert read(text, 1) == {}
        after = read(text, 2)
        counters = [name for name in before if name.endswith("_total")]
        assert counters
        assert all(after[name] >= before[name] for name in counters)
        await ann.gone()
        await bob.gone()
        await gathered()


def test_counters_and_gauges_say_what_they_are() -> None:
    text = Metrics().text(samples(Status()))
    assert b"# TYPE homecall_audio_xruns_total counter\nhomecall_audio_xruns_total 0.0\n" in text
    assert b"# TYPE homecall_calls gauge\nhomecall_calls 0.0\n" in text
    assert b'homecall_sessions{state="waiting"} 0.0\nhomecall_sessions{state="active"} 0.0' in text
    assert text.count(b"# TYPE homecall_sessions ") == 1
    assert b"homecall_call_" not in text


def test_datagrams_that_did_not_count_are_counted_by_reason() -> None:
    metrics = Metrics()
    for reason in (Drop.SIZE, Drop.SOURCE, Drop.SIZE):
        metrics.datagram_dropped(reason)
    text = metrics.text()
    assert b'homecall_dropped_datagrams_total{reason="size"} 2.0' in text
    assert b'homecall_dropped_datagrams_total{reason="source"} 1.0' in text
