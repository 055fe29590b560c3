"""The composition root as a client meets it: its ports, without the parts that run behind them."""

import re
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from aiohttp import ClientSession, ClientWebSocketResponse, TCPConnector

from homecall_appliance.app.appliance import Appliance
from homecall_appliance.config.model import (
    Audio,
    Camera,
    Config,
    Display,
    Ice,
    Server,
    Tls,
    TurnServer,
)

TURN = (
    TurnServer(urls=("turn:a.example",), secret="hush"),  # noqa: S106
    TurnServer(urls=("turn:b.example",), username="me", credential="fixed"),
)


@dataclass
class Home:
    """The ports of an appliance, and a client that trusts them."""

    client: ClientSession
    address: str

    async def config(self, query: str = "") -> dict[str, Any]:
        async with self.client.get(f"https://{self.address}/config.json{query}") as response:
            config: dict[str, Any] = await response.json()
            return config

    async def servers(self, query: str = "") -> list[dict[str, Any]]:
        servers: list[dict[str, Any]] = (await self.config(query))["iceServers"]
        return servers

    async def attach(self, session_id: str) -> ClientWebSocketResponse:
        return await self.client.ws_connect(f"wss://{self.address}/signal?sessionId={session_id}")


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[Home]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    config = Config(
        server=Server(
            address="127.0.0.1",
            https_port=port,
            http_port=0,
            control_socket=str(tmp_path / "control.sock"),
        ),
        tls=Tls(state_directory=str(tmp_path / "tls")),
        camera=Camera(backend="off"),
        audio=Audio(backend="silence"),
        display=Display(backend="none"),
        ice=Ice(stun=("stun:stun.example",), turn=TURN, policy="relay"),
    )
    async with AsyncExitStack() as stack:
        await Appliance.start(config, {}, stack)
        connector = TCPConnector(ssl=False)
        client = await stack.enter_async_context(ClientSession(connector=connector))
        yield Home(client, f"127.0.0.1:{port}")


async def test_a_relay_is_for_the_participants_of_a_session_that_exists(home: Home) -> None:
    session_id = str(uuid4())
    stun = [{"urls": ["stun:stun.example"]}]
    named = f"?session={session_id}"
    for query in ("", named, "?session=", "?session=x", f"?session={uuid4()}"):
        assert await home.servers(query) == stun
    ann = await home.attach(session_id)
    for query in (named, f"?session={session_id.upper()}"):
        assert [server["urls"] for server in await home.servers(query)] == [
            *[["stun:stun.example"], ["turn:a.example"], ["turn:b.example"]]
        ]
    for query in ("", f"?session={uuid4()}"):
        assert await home.servers(query) == stun
    await ann.close()
    assert await home.servers(named) == stun


async def test_a_page_learns_that_calls_go_through_a_relay_alone(home: Home) -> None:
    assert (await home.config())["iceTransportPolicy"] == "relay"


async def test_a_page_learns_whether_its_session_has_a_place_for_it(home: Home) -> None:
    session_id = str(uuid4())
    named = f"?session={session_id}"
    told = [(await home.config())["sessionRefused"], (await home.config(named))["sessionRefused"]]
    ann, bob = await home.attach(session_id), await home.attach(session_id)
    told.append((await home.config(named))["sessionRefused"])
    await ann.close()
    await bob.receive()
    told.append((await home.config(named))["sessionRefused"])
    assert told == [None, None, "session_full", "session_ended"]
    await bob.close()


async def test_a_page_learns_by_a_mark_of_the_run_that_no_session_has_survived(home: Home) -> None:
    mark = (await home.config())["run"]
    assert re.fullmatch(r"[0-9a-f]{16}", mark)
    assert (await home.config(f"?session={uuid4()}"))["run"] == mark


async def test_no_two_participants_have_the_same_name_at_the_relay(home: Home) -> None:
    session_id = str(uuid4())
    ann = await home.attach(session_id)
    names = [(await home.servers(f"?session={session_id}"))[1]["username"] for _ in range(20)]
    marks = {name.partition(":")[2] for name in names}
    assert len(marks) == 20
    assert all(len(mark) >= 12 for mark in marks)
    await ann.close()
