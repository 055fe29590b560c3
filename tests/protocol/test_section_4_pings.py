"""protocol.md, section 4: keep-alive. The clients here answer pings, or not, by hand."""

import asyncio
from pathlib import Path

import pytest
from aiohttp import ClientWebSocketResponse, WSMsgType

from homecall_appliance.web.channel import SocketLimits
from tests.protocol.wire import candidate, new_id, offer, read_types
from tests.support.limits import hub_limits, session_limits
from tests.support.ports_world import MESSAGE_BYTES, Ports, open_ports

PATIENT = hub_limits(session_limits(reconnect_grace=20))
QUICK = SocketLimits(MESSAGE_BYTES, 1 << 20, first_message_timeout=5, ping_interval=0.08)


async def attach(ports: Ports, query: str) -> ClientWebSocketResponse:
    url = f"wss://127.0.0.1:{ports.https}/signal{query}"
    socket = await ports.client.ws_connect(url, autoping=False, autoclose=False)
    ports.sockets.append(socket)
    return socket


async def frames(socket: ClientWebSocketResponse, count: int) -> list[WSMsgType]:
    return [(await socket.receive(timeout=5)).type for _ in range(count)]


@pytest.mark.protocol(4, "Server keep-alive: a WebSocket ping every 20 s")
def test_a_ping_is_sent_every_20_seconds() -> None:
    assert SocketLimits(1, 1, 1).ping_interval == 20


@pytest.mark.protocol(4, "two missed pongs count as a loss", "a ping time-out")
async def test_two_missed_pongs_are_a_loss_and_no_end(tmp_path: Path) -> None:
    session_id = new_id()
    async with open_ports(tmp_path, hub=PATIENT, sockets=QUICK) as ports:
        bob = await attach(ports, f"?sessionId={session_id}&from=b")
        assert await frames(bob, 3) == [WSMsgType.PING, WSMsgType.PING, WSMsgType.CLOSED]
        assert bob.close_code == 1006
        again = await ports.attach(f"?sessionId={session_id}&from=b")
        reading = asyncio.create_task(read_types(again, 1))
        ann = await ports.attach()
        await ann.send_str(offer(session_id))
        assert await reading == ["offer v=0"]


@pytest.mark.protocol(4, "two missed pongs count as a loss")
async def test_one_missed_pong_is_none(tmp_path: Path) -> None:
    session_id = new_id()
    async with open_ports(tmp_path, hub=PATIENT, sockets=QUICK) as ports:
        ann = await attach(ports, f"?sessionId={session_id}")
        for _ in range(2):
            assert await frames(ann, 2) == [WSMsgType.PING] * 2
            await ann.pong()
        assert ports.hub.counts()["waiting"] == 1


@pytest.mark.protocol(4, "Server keep-alive")
async def test_a_client_that_answers_stays(tmp_path: Path) -> None:
    session_id = new_id()
    async with open_ports(tmp_path, hub=PATIENT, sockets=QUICK) as ports:
        ann = await attach(ports, f"?sessionId={session_id}&from=a")
        for _ in range(3):
            ping = await ann.receive(timeout=5)
            assert ping.type is WSMsgType.PING
            await ann.pong(ping.data)
        bob = await ports.attach(f"?sessionId={session_id}&from=b")
        await ann.send_str(candidate(session_id))
        assert await read_types(bob, 1) == ["candidate:1"]
