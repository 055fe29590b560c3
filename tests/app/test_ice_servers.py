"""Credentials that are fetched from a service, here one of our own in place of Cloudflare's."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from homecall_appliance.app.ice import IceServers
from homecall_appliance.calls import cloudflare
from homecall_appliance.calls.no_path import advice
from homecall_appliance.config.model import Ice, TurnServer
from homecall_appliance.media.webrtc.server_memory import ServerState
from tests.support.connection import until

KEY = TurnServer(cloudflare_key_id="key", cloudflare_token="token")  # noqa: S106
OTHER = TurnServer(urls=("turn:b.example",), username="me", credential="fixed")
ANSWER = {
    "iceServers": [{"urls": ["turn:turn.example"], "username": "made", "credential": "secret"}]
}
FETCHED = {"urls": ["turn:turn.example"], "username": "made", "credential": "secret"}
FIXED = {"urls": ["turn:b.example"], "username": "me", "credential": "fixed"}


class Service:
    """Answers what it is told to, and notes what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str | None, Any]] = []
        self.status = 201
        self.body = json.dumps(ANSWER).encode()
        self.silent = False
        self.over = asyncio.Event()
        self.url = ""

    async def take(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.asked.append((request.path, request.headers.get("Authorization"), body))
        if self.silent:
            await self.over.wait()
        return web.Response(status=self.status, body=self.body)


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    this, app = Service(), web.Application()
    app.router.add_route("*", "/{path:.*}", this.take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    this.url = f"http://{host}:{port}"
    yield this
    this.over.set()
    await runner.cleanup()


@asynccontextmanager
async def kept_fresh(service: Service, *turn: TurnServer) -> AsyncIterator[IceServers]:
    servers = IceServers(Ice(turn=turn), api=service.url)
    keeping = asyncio.create_task(servers.keep_fresh())
    yield servers
    keeping.cancel()
    await asyncio.wait([keeping])


def told(servers: IceServers) -> list[dict[str, object]]:
    return [each.to_json() for each in servers.of_participant()]


async def test_credentials_are_fetched_for_participants_alone(service: Service) -> None:
    async with kept_fresh(service, KEY, OTHER) as servers:
        await until(lambda: len(told(servers)) > 1)
        assert told(servers) == [FETCHED, FIXED]
        assert servers.of_anybody() == []
    assert service.asked == [
        (
            "/v1/turn/keys/key/credentials/generate-ice-servers",
            "Bearer token",
            {"ttl": cloudflare.LIFETIME},
        )
    ]


async def test_nobody_waits_for_a_service_that_is_silent(service: Service) -> None:
    service.silent = True
    async with kept_fresh(service, KEY, OTHER) as servers:
        await until(lambda: service.asked)
        assert told(servers) == [FIXED]
        assert servers.named


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (
            (401, b"{}"),
            "it refuses the key or its token (401). Correct cloudflare_key_id and cloudflare_token "
            "in [[ice.turn]].",
        ),
        ((500, b"{}"), "it answers with the status 500. The appliance goes on trying."),
        ((302, b"{}"), "it answers with the status 302. The appliance goes on trying."),
        ((201, b"<html>"), "its answer cannot be read. The appliance goes on trying."),
    ],
)
async def test_a_failure_is_said_once_and_tried_again(
    service: Service,
    answer: tuple[int, bytes],
    reason: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(cloudflare, "FIRST_PAUSE", 0.01)
    good = service.status, service.body
    service.status, service.body = answer
    async with kept_fresh(service, KEY) as servers:
        await until(lambda: len(service.asked) > 2)
        assert told(servers) == []
        sentence = f"Cloudflare gives no credentials for the key key: {reason}"
        [record] = servers.memory.records
        assert (record.state, record.sentence) == (ServerState.REFUSES, sentence)
        assert advice(servers.memory.records) == sentence
        service.status, service.body = good
        await until(lambda: told(servers) == [FETCHED])
        await until(lambda: not servers.memory.records)
    assert [each.getMessage() for each in caplog.records if each.levelname == "WARNING"] == [
        sentence
    ]


async def test_a_service_that_is_not_there_is_said(caplog: pytest.LogCaptureFixture) -> None:
    nowhere = Service()
    nowhere.url = "http://127.0.0.1:9"
    async with kept_fresh(nowhere, KEY) as servers:
        await until(lambda: caplog.records)
        [record] = servers.memory.records
    assert record.state is ServerState.UNREACHABLE
    assert "no connection to it comes about. Look at this machine's way" in caplog.text


async def test_who_asks_once_is_told_what_was_not_given(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    servers = IceServers(Ice(turn=(KEY, OTHER)), api=service.url)
    assert await servers.fetch() == []
    service.status = 403
    [failure] = await servers.fetch()
    assert failure.url.startswith(f"{service.url}/v1/turn/keys/key/")
    assert "it refuses the key or its token (403)" in failure.sentence
    assert not caplog.records


async def test_what_has_expired_is_given_to_nobody(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cloudflare, "LIFETIME", 0)
    async with kept_fresh(service, KEY) as servers:
        await until(lambda: service.asked)
        await asyncio.sleep(0.1)
        assert told(servers) == []


async def test_credentials_are_renewed_long_before_they_expire(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cloudflare.RENEW_AFTER == cloudflare.LIFETIME / 2
    monkeypatch.setattr(cloudflare, "RENEW_AFTER", 0.01)
    async with kept_fresh(service, KEY) as servers:
        await until(lambda: len(service.asked) > 2)
        assert told(servers) == [FETCHED]


async def test_without_a_key_there_is_nothing_to_keep_fresh() -> None:
    await IceServers(Ice(turn=(OTHER,))).keep_fresh()
