"""An aiortc that is not known: the appliance starts, says so once, and makes calls all the same."""

import asyncio
import logging
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiortc
import pytest
from aioice import ice, turn
from aiortc import RTCDtlsTransport, RTCIceGatherer, RTCIceTransport

from homecall_appliance.media.webrtc.aiortc_compat import (
    FIRST_VERSION,
    LAST_VERSION,
    problem,
    warn,
)
from tests.support.aiortc_matrix import ROWS, minor
from tests.support.call_world import call, gathered, house

Change = Callable[[pytest.MonkeyPatch], None]

REPOSITORY = Path(__file__).parents[3]

SENTENCES = (
    ") works in a way that is not known here: calls may fail, and strangers may disturb them. "
    "Install a version of aiortc from 1.11 to 1.16."
)


def takes_more(owner: type, name: str) -> Change:
    """Let a method take another parameter, as it may in the next version."""
    own: Callable[..., Any] = getattr(owner, name)
    if asyncio.iscoroutinefunction(own):

        async def waiting(*arguments: Any, more: object = None, **named: Any) -> Any:
            return await own(*arguments, **named)

        return lambda patch: patch.setattr(owner, name, waiting)

    def plain(*arguments: Any, more: object = None, **named: Any) -> Any:
        return own(*arguments, **named)

    return lambda patch: patch.setattr(owner, name, plain)


def gone(owner: object, name: str) -> Change:
    return lambda patch: patch.delattr(owner, name)


def never_made(owner: type, name: str) -> Change:
    """Let objects be made without an attribute that they had."""
    own: Callable[..., None] = owner.__init__  # type: ignore[misc]

    def make(self: object, *arguments: Any, **named: Any) -> None:
        own(self, *arguments, **named)
        delattr(self, name)

    return lambda patch: patch.setattr(owner, "__init__", make)


CHANGES: list[Change] = [
    never_made(RTCIceGatherer, "_connection"),
    never_made(RTCIceTransport, "_connection"),
    never_made(RTCDtlsTransport, "_rx_srtp"),
    never_made(RTCDtlsTransport, "_tx_srtp"),
    gone(RTCDtlsTransport, "_set_role"),
    never_made(ice.Connection, "_check_list"),
    never_made(ice.Connection, "_protocols"),
    takes_more(ice.Connection, "get_component_candidates"),
    takes_more(ice.Connection, "check_complete"),
    takes_more(ice.Connection, "data_received"),
    takes_more(ice.Connection, "sendto"),
    takes_more(ice.Connection, "request_received"),
    gone(ice.Connection, "build_request"),
    gone(ice.Connection, "connect"),
    takes_more(ice.StunProtocol, "request"),
    takes_more(ice.StunProtocol, "__init__"),
    takes_more(ice.CandidatePair, "__init__"),
    gone(ice, "get_host_addresses"),
    takes_more(turn.TurnClientUdpProtocol, "channel_bind"),
    gone(turn, "TurnClientTcpProtocol"),
]


def test_what_is_installed_is_known(caplog: pytest.LogCaptureFixture) -> None:
    warn()
    assert problem() is None
    assert not caplog.records


@pytest.mark.parametrize("change", CHANGES)
def test_what_is_not_known_is_found_and_said(
    change: Change, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    change(monkeypatch)
    warn()
    [record] = caplog.records
    assert record.levelname == "WARNING"
    assert record.getMessage() == problem()
    assert record.getMessage().startswith(f"aiortc {aiortc.__version__} (aioice ")
    assert record.getMessage().endswith(SENTENCES)


async def test_it_is_looked_at_where_an_event_loop_runs() -> None:
    assert problem() is None


@pytest.mark.slow
async def test_calls_are_made_with_what_is_not_known(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    takes_more(ice.Connection, "data_received")(monkeypatch)
    caplog.set_level(logging.WARNING)
    warn()
    async with house() as home:
        _, phone = await call(home)
        await phone.gone()
        await gathered()
    assert caplog.messages[0] == problem()


def test_what_is_known_is_what_may_be_installed_and_what_is_tested() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    [bounds] = [each for each in project["dependencies"] if each.startswith("aiortc")]
    major, last = LAST_VERSION.split(".")
    assert bounds == f"aiortc>={FIRST_VERSION},<{major}.{int(last) + 1}"
    between = range(int(FIRST_VERSION.split(".")[1]), int(last) + 1)
    assert [minor(row) for row in ROWS] == [f"{major}.{number}" for number in between]
