"""A look at the servers without a call."""

import asyncio
import math

import pytest

from homecall_appliance.media.webrtc import server_asking
from homecall_appliance.media.webrtc.server_check import check_servers
from homecall_appliance.media.webrtc.server_memory import ServerState
from tests.support.ice_servers import Server, options, silent


async def test_a_silent_server_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a call it may be asked for as long as the phone waits."""
    monkeypatch.setattr(server_asking, "ANSWER_TIMEOUT", 0.2)
    monkeypatch.setattr(server_asking, "KEEP_ASKING", math.inf)
    with silent() as (_, where):
        async with asyncio.timeout(20):
            check = await check_servers(options(Server([f"turn:{where}"], "a", "b")))
    assert [each.state for each in check.records] == [ServerState.SILENT]
    assert check.addresses == ()
