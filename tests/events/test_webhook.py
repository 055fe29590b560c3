"""An owner's web server: real ones on the loopback, among them those that do not answer."""

import asyncio
import json
import threading
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from homecall_appliance.events.event import Kind
from homecall_appliance.events.sender import DeliveryError
from homecall_appliance.events.webhook import Webhook
from homecall_appliance.network.host_lookup import Addresses, HostLookup
from homecall_appliance.web.http_client import JsonPoster
from tests.events.told import event
from tests.support.address import free_port

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Talk = Callable[[StreamReader, StreamWriter], Awaitable[None]]

PATH = "/api/webhook/a-secret"
SHORT = 0.5


@asynccontextmanager
async def server(handler: Handler) -> AsyncIterator[str]:
    """A good one; yields the address of a webhook there."""
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", handler)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    port = free_port()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        yield f"http://127.0.0.1:{port}{PATH}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def bad_server(talk: Talk) -> AsyncIterator[str]:
    """One that does what it likes with a connection."""

    async def serve(reader: StreamReader, writer: StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            await talk(reader, writer)
        except OSError:
            pass
        finally:
            writer.transport.abort()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}{PATH}"
    finally:
        listening.close()


def webhook(url: str, lookup: HostLookup | None = None) -> Webhook:
    return Webhook(url, JsonPoster(lookup, SHORT).post, pause=0.0)


async def refused(url: str) -> str:
    """What the owner is told."""
    with pytest.raises(DeliveryError) as failure:
        await webhook(url).deliver(event())
    told = str(failure.value)
    assert "secret" not in told
    return told


async def test_it_is_posted_as_json() -> None:
    seen = []

    async def take(request: web.Request) -> web.Response:
        seen.append((request.method, request.path, request.content_type, await request.json()))
        return web.Response(status=204)

    told = event(Kind.ENDED, call=7)
    async with server(take) as url:
        await webhook(url).deliver(told)
    assert seen == [("POST", PATH, "application/json", told.to_json())]


@pytest.mark.parametrize("status", [200, 201, 202, 204])
async def test_every_status_of_success_counts(status: int) -> None:
    async def take(_: web.Request) -> web.Response:
        return web.Response(status=status)

    async with server(take) as url:
        await webhook(url).deliver(event())


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (500, "it answers with the status 500"),
        (404, "it answers with the status 404"),
        (302, r"it redirects to another address \(status 302\)"),
        (307, r"it redirects to another address \(status 307\)"),
    ],
)
async def test_whatever_it_answers_it_is_tried_twice(status: int, reason: str) -> None:
    """Nobody follows it elsewhere."""
    seen = []

    async def take(request: web.Request) -> web.Response:
        seen.append(request.path)
        return web.Response(status=status, headers={"Location": "/elsewhere"})

    async with server(take) as url:
        with pytest.raises(
            DeliveryError, match=rf"^127\.0\.0\.1 does not take events: {reason}\. "
        ):
            await webhook(url).deliver(event())
    assert seen == [PATH, PATH]


async def test_the_second_time_may_work() -> None:
    seen = []

    async def take(request: web.Request) -> web.Response:
        seen.append((await request.json())["call"])
        return web.Response(status=503 if len(seen) == 1 else 200)

    async with server(take) as url:
        await webhook(url).deliver(event(call=9))
    assert seen == [9, 9]


async def test_a_closed_port() -> None:
    assert "no connection to it comes about" in await refused(f"http://127.0.0.1:{free_port()}/")


async def says_nothing(reader: StreamReader, _: StreamWriter) -> None:
    await reader.read(1000)
    await asyncio.sleep(1000)


async def says_little_by_little(_: StreamReader, writer: StreamWriter) -> None:
    for each in b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 1000:
        writer.write(bytes([each]))
        await writer.drain()
        await asyncio.sleep(0.1)


async def talks_nonsense(_: StreamReader, writer: StreamWriter) -> None:
    writer.write(b"\x00\xff\x16\x03" * 1000 + b"\r\n\r\n")
    await writer.drain()
    await asyncio.sleep(1000)


async def hangs_up(_: StreamReader, writer: StreamWriter) -> None:
    writer.write(b"HTTP/1.1 20")
    await writer.drain()


async def sends_a_header_without_an_end(_: StreamReader, writer: StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
    while True:
        writer.write(b"x" * 65536)
        await writer.drain()


@pytest.mark.parametrize(
    ("talk", "reason"),
    [
        (says_nothing, "it does not answer"),
        (says_little_by_little, "it does not answer"),
        (talks_nonsense, "no connection to it comes about"),
        (hangs_up, "no connection to it comes about"),
        (sends_a_header_without_an_end, "no connection to it comes about"),
    ],
)
async def test_a_bad_server(talk: Talk, reason: str) -> None:
    async with bad_server(talk) as url:
        assert reason in await refused(url)


async def test_an_answer_without_an_end_is_not_read() -> None:
    async def talk(_: StreamReader, writer: StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
        while True:
            writer.write(b"x" * 65536)
            await writer.drain()

    async with bad_server(talk) as url:
        await webhook(url).deliver(event())


async def test_a_name_that_nobody_answers_for() -> None:
    """There is one question at a time, however many events there are, and no one waits for it."""
    asked, answer = [], threading.Event()

    def hang(host: str) -> Addresses:
        asked.append(host)
        answer.wait()
        raise OSError

    place = webhook("http://ha.home/hook", HostLookup(hang))
    for _ in range(3):
        with pytest.raises(DeliveryError, match=r"^ha\.home does not take .* does not answer\."):
            await place.deliver(event())
    assert asked == ["ha.home"]
    answer.set()


async def test_a_name_that_is_known() -> None:
    seen = []

    async def take(request: web.Request) -> web.Response:
        seen.append((request.host, json.loads(await request.text())["kind"]))
        return web.Response()

    async with server(take) as url:
        port = url.split(":")[2].split("/")[0]
        await webhook(f"http://localhost:{port}/").deliver(event())
    assert seen == [(f"localhost:{port}", "ringing")]


async def test_it_ends_with_the_daemon() -> None:
    connected = asyncio.Event()

    async def talk(_: StreamReader, __: StreamWriter) -> None:
        connected.set()
        await asyncio.sleep(1000)

    async with bad_server(talk) as url:
        task = asyncio.create_task(Webhook(url, JsonPoster().post).deliver(event()))
        await connected.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
