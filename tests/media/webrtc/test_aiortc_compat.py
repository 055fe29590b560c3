"""An aiortc that is not known: the appliance starts, and its calls go on by aiortc's own way."""

import logging
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from aioice import turn
from aiortc import RTCRtpSender, RTCRtpTransceiver, clock
from aiortc.jitterbuffer import JitterBuffer

from homecall_appliance.media.webrtc.aiortc_compat import UnknownAiortc
from homecall_appliance.media.webrtc.clock import steady_clock
from homecall_appliance.media.webrtc.codec_preferences import sent_codec
from tests.support.call_world import call, gathered, house, until

pytestmark = pytest.mark.slow


def takes_more(monkeypatch: pytest.MonkeyPatch, owner: type, name: str, *, waits: bool) -> None:
    """Let a method take another parameter, as it may in the next version."""
    own: Callable[..., Any] = getattr(owner, name)

    async def waiting(self: object, one: object, more: object = None) -> Any:
        return await own(self, one)

    def plain(self: object, one: object, more: object = None) -> Any:
        return own(self, one)

    monkeypatch.setattr(owner, name, waiting if waits else plain)


def reports(monkeypatch: pytest.MonkeyPatch) -> None:
    takes_more(monkeypatch, RTCRtpSender, "_handle_rtcp_packet", waits=True)


def frames(monkeypatch: pytest.MonkeyPatch) -> None:
    takes_more(monkeypatch, RTCRtpSender, "_run_rtp", waits=True)


def buffers(monkeypatch: pytest.MonkeyPatch) -> None:
    takes_more(monkeypatch, JitterBuffer, "add", waits=False)


def codecs(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: RTCRtpTransceiver, codecs: object) -> None:
        raise ValueError("Codec is not in capabilities")

    monkeypatch.setattr(RTCRtpTransceiver, "setCodecPreferences", refuse)


SEAMS = [reports, frames, buffers, codecs]


@pytest.mark.parametrize("changed", [*([each] for each in SEAMS), SEAMS])
async def test_calls_go_on_and_the_log_says_once_what_is_worse(
    changed: list[Callable[[pytest.MonkeyPatch], None]],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    for change in changed:
        change(monkeypatch)
    async with house() as home:
        phones = [(await call(home, seen=buffers not in changed))[1] for _ in range(2)]
        home.reception.hang_up()
        await until(lambda: not home.reception.calls)
        for phone in phones:
            await phone.gone()
        await gathered()
    said = [each.getMessage() for each in caplog.records if each.levelno >= logging.WARNING]
    assert len(said) == len(set(said))
    assert all("Install a version from 1.11 to 1.16. Until then " in each for each in said)
    assert len(said) == len(changed) + (buffers in changed)  # sound and pictures


def test_a_codec_that_cannot_be_known_is_said_to_be() -> None:
    transceiver = SimpleNamespace(kind="video", currentDirection="sendrecv")
    connection: Any = SimpleNamespace(getTransceivers=lambda: [transceiver])
    with pytest.raises(UnknownAiortc):
        sent_codec(connection)


def test_a_clock_that_is_not_known_stays_as_it_is(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.delattr(turn, "time")
    monkeypatch.setattr(
        "homecall_appliance.media.webrtc.clock._MODULES", ("aioice.turn", "aiortc.gone")
    )
    own = clock.current_datetime
    with steady_clock():
        assert clock.current_datetime is not own
        assert not hasattr(turn, "time")
    assert clock.current_datetime is own
    assert len(caplog.records) == 1
    assert "takes the time in a way that is not known here" in caplog.text
