"""An aiortc that is not known: the appliance starts, and its calls go on by aiortc's own way."""

import asyncio
import logging
import sys
import time
import tomllib
from collections.abc import Callable, Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

import aiortc
import pytest
from aioice import ice, mdns, turn
from aiortc import (
    RTCDtlsTransport,
    RTCIceTransport,
    RTCPeerConnection,
    RTCRtpReceiver,
    RTCRtpSender,
    RTCRtpTransceiver,
    clock,
    rtp,
)
from aiortc.jitterbuffer import JitterBuffer
from aiortc.rtcdtlstransport import RtpRouter

from homecall_appliance.media.webrtc import aiortc_compat
from homecall_appliance.media.webrtc.addresses import resolve
from homecall_appliance.media.webrtc.aiortc_compat import (
    CARRYING,
    FIRST_VERSION,
    LAST_VERSION,
    NEGOTIATING_CODECS,
    OFFERING_CODECS,
    RECEIVING_PICTURES,
    RECEIVING_SOUND,
    REPORTING,
    RESOLVING,
    SEAMS,
    SENDING,
    TIMEKEEPING,
    Seam,
    check,
    described,
    known,
)
from homecall_appliance.media.webrtc.clock import steady_clock
from tests.support.aiortc_matrix import ROWS, minor
from tests.support.call_world import Phone, call, gathered, house, until

Change = Callable[[pytest.MonkeyPatch], None]

REPOSITORY = Path(__file__).parents[3]

pytestmark = pytest.mark.slow


def takes_more(owner: type, name: str, *, waits: bool) -> Change:
    """Let a method take another parameter, as it may in the next version."""
    own: Callable[..., Any] = getattr(owner, name)

    async def waiting(self: object, one: object, more: object = None) -> Any:
        return await own(self, one)

    def plain(self: object, one: object, more: object = None) -> Any:
        return own(self, one)

    return lambda patch: patch.setattr(owner, name, waiting if waits else plain)


def not_awaited(owner: type, name: str) -> Change:
    own: Callable[..., Any] = getattr(owner, name)

    def plain(self: object, packet: object) -> Any:
        return own(self, packet)

    return lambda patch: patch.setattr(owner, name, plain)


def gone(owner: object, name: str) -> Change:
    return lambda patch: patch.delattr(owner, name)


def moved(module: str) -> Change:
    """Let the adapter find nothing in a module: the library itself goes on using it."""
    return lambda patch: patch.setattr(aiortc_compat, module, ModuleType(module))


def never_made(owner: type, name: str) -> Change:
    """Let objects be made without an attribute that they had."""
    own: Callable[..., None] = owner.__init__  # type: ignore[misc]

    def make(self: object, *arguments: Any, **named: Any) -> None:
        own(self, *arguments, **named)
        delattr(self, name)

    return lambda patch: patch.setattr(owner, "__init__", make)


def refuses_codecs(patch: pytest.MonkeyPatch) -> None:
    def refuse(_: RTCRtpTransceiver, codecs: object) -> None:
        raise ValueError("Codec is not in capabilities")

    patch.setattr(RTCRtpTransceiver, "setCodecPreferences", refuse)


def keeps_no_depayloaded_data(patch: pytest.MonkeyPatch) -> None:
    async def handle(self: object, packet: object, arrival_time_ms: int) -> None: ...

    patch.setattr(RTCRtpReceiver, "_handle_rtp_packet", handle)


def requests_otherwise(patch: pytest.MonkeyPatch) -> None:
    class Changed(ice.StunProtocol):
        async def request(self, request: Any, addr: Any, *a: Any, **k: Any) -> Any:
            return await super().request(request, addr, *a, **k)

    patch.setattr(ice, "StunProtocol", Changed)


REPORTS = takes_more(RTCRtpSender, "_handle_rtcp_packet", waits=True)
FRAMES = takes_more(RTCRtpSender, "_run_rtp", waits=True)
BUFFERS = takes_more(JitterBuffer, "add", waits=False)

CHANGES: list[tuple[Change, tuple[Seam, ...]]] = [
    (FRAMES, (SENDING,)),
    (takes_more(RTCRtpSender, "_retransmit", waits=True), (SENDING,)),
    (gone(RTCRtpSender, "_retransmit"), (SENDING,)),
    (moved("_dtls"), (SENDING,)),
    (moved("_clock"), (SENDING, TIMEKEEPING)),
    (moved("_rtp"), (SENDING, REPORTING)),
    (moved("_ice"), (SENDING, CARRYING)),
    (never_made(RTCRtpSender, "_RTCRtpSender__packet_count"), (SENDING,)),
    (never_made(RTCRtpSender, "_RTCRtpSender__mid"), (SENDING,)),
    (never_made(RTCDtlsTransport, "_RTCDtlsTransport__tx_bytes"), (SENDING,)),
    (never_made(RTCDtlsTransport, "_rtp_router"), (REPORTING,)),
    (REPORTS, (REPORTING,)),
    (not_awaited(RTCRtpSender, "_handle_rtcp_packet"), (REPORTING,)),
    (gone(RTCRtpSender, "_handle_rtcp_packet"), (REPORTING,)),
    (gone(RtpRouter, "route_rtcp"), (REPORTING,)),
    (gone(rtp, "unpack_remb_fci"), (REPORTING,)),
    (BUFFERS, (RECEIVING_SOUND, RECEIVING_PICTURES)),
    (
        never_made(RTCRtpReceiver, "_RTCRtpReceiver__jitter_buffer"),
        (RECEIVING_SOUND, RECEIVING_PICTURES),
    ),
    (never_made(RTCRtpReceiver, "_RTCRtpReceiver__codecs"), (RECEIVING_PICTURES,)),
    (keeps_no_depayloaded_data, (RECEIVING_PICTURES,)),
    (never_made(ice.Connection, "_check_list"), (CARRYING,)),
    (never_made(ice.Connection, "_protocols"), (CARRYING,)),
    (takes_more(ice.Connection, "get_component_candidates", waits=True), (CARRYING,)),
    (takes_more(ice.Connection, "check_complete", waits=False), (CARRYING,)),
    (gone(ice.Connection, "build_request"), (CARRYING,)),
    (gone(ice.Connection, "request_received"), (CARRYING,)),
    (gone(ice, "get_host_addresses"), (CARRYING,)),
    (requests_otherwise, (CARRYING,)),
    (gone(turn, "TurnClientTcpProtocol"), (CARRYING,)),
    (never_made(turn.TurnClientUdpProtocol, "channel_to_peer"), (CARRYING,)),
    (moved("_candidate"), (CARRYING,)),
    (moved("_stun"), (CARRYING,)),
    (never_made(RTCIceTransport, "_connection"), (SENDING, CARRYING)),
    (refuses_codecs, (OFFERING_CODECS,)),
    (never_made(RTCRtpTransceiver, "_codecs"), (NEGOTIATING_CODECS,)),
    (gone(turn, "time"), (TIMEKEEPING,)),
    (gone(clock, "current_datetime"), (TIMEKEEPING,)),
    (moved("_mdns"), (RESOLVING,)),
    (gone(RTCPeerConnection, "addTransceiver"), SEAMS),
]


def test_what_is_installed_is_known(caplog: pytest.LogCaptureFixture) -> None:
    assert check() == ()
    assert all(known(seam) for seam in SEAMS)
    assert not caplog.records


@pytest.mark.parametrize(("change", "unknown"), CHANGES)
def test_what_is_not_known_is_found_and_said_once(
    change: Change,
    unknown: tuple[Seam, ...],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    change(monkeypatch)
    for _ in range(2):
        assert check() == unknown
        assert [seam for seam in SEAMS if not known(seam)] == [*unknown]
    [record] = caplog.records
    assert (record.levelname, record.getMessage()) == ("WARNING", described(unknown))


def test_every_seam_is_tested() -> None:
    assert {seam for _, unknown in CHANGES for seam in unknown if unknown != SEAMS} == {*SEAMS}


async def test_it_is_looked_at_where_an_event_loop_runs() -> None:
    assert check() == ()


def test_a_connection_that_does_not_close_keeps_nobody_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def hang(_: RTCPeerConnection) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(RTCPeerConnection, "close", hang)
    monkeypatch.setattr(aiortc_compat, "CLOSE_TIMEOUT", 0.01)
    started = time.monotonic()
    assert check() == ()
    assert time.monotonic() - started < 5


def test_it_is_said_what_is_worse_and_what_to_do() -> None:
    sentences = described((SENDING, RECEIVING_SOUND, OFFERING_CODECS))
    assert sentences.startswith(f"aiortc {aiortc.__version__} (aioice ")
    assert sentences.endswith(
        ") works in a way that is not known here: how it sends frames, receives sound and offers "
        "codecs. Install a version from 1.11 to 1.16. Until then calls cost more, sound is later "
        "and its own codecs are offered."
    )


@pytest.mark.parametrize(
    "changed", [[REPORTS], [FRAMES], [BUFFERS], [refuses_codecs], [REPORTS, FRAMES, BUFFERS]]
)
async def test_calls_go_on_and_the_log_says_once_what_is_worse(
    changed: Iterable[Change],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    for change in changed:
        change(monkeypatch)
    async with house() as home:
        phones = [(await call(home, seen=BUFFERS not in changed))[1] for _ in range(2)]
        home.reception.hang_up()
        await until(lambda: not home.reception.calls)
        for phone in phones:
            await phone.gone()
        await gathered()
    [said] = [each.getMessage() for each in caplog.records if each.levelno >= logging.WARNING]
    assert said == described(check())


async def test_calls_go_on_with_sound_where_nothing_is_known(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(aiortc_compat, "_is_known", lambda seam, specimen: False)
    async with house() as home:
        served = home.published
        phone = Phone(home.hub, served.session_id)
        phone.attach()
        await phone.answer(await phone.offer())
        await until(
            lambda: (
                served.peer is not None
                and served.peer.received.sound.packets > 5
                and served.peer.sent.audio_frames > 2
            )
        )
        home.reception.hang_up()
        await until(lambda: not home.reception.calls)
        await phone.gone()
        await gathered()
    assert caplog.messages[0] == described(SEAMS)


async def test_a_name_is_not_looked_up_in_a_way_that_is_not_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delattr(mdns, "create_mdns_protocol")
    assert await resolve("phone.local") is None


def test_a_clock_that_is_not_known_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(turn, "time")
    monkeypatch.setattr(aiortc_compat, "_READERS_OF_TIME", ("aioice.turn", "aiortc.gone"))
    own = clock.current_datetime
    with steady_clock():
        assert clock.current_datetime is not own
        assert not hasattr(turn, "time")
    assert clock.current_datetime is own
    assert not known(TIMEKEEPING)


def test_what_is_known_is_what_may_be_installed_and_what_is_tested() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    [bounds] = [each for each in project["dependencies"] if each.startswith("aiortc")]
    major, last = LAST_VERSION.split(".")
    assert bounds == f"aiortc>={FIRST_VERSION},<{major}.{int(last) + 1}"
    between = range(int(FIRST_VERSION.split(".")[1]), int(last) + 1)
    assert [minor(row) for row in ROWS] == [f"{major}.{number}" for number in between]


def test_it_is_imported_where_a_module_of_the_library_is_gone() -> None:
    assert vars(aiortc_compat._module("aiortc.gone")).get("anything") is None
    assert aiortc_compat._module("aiortc.clock") is sys.modules["aiortc.clock"]
