"""What strangers may try, over real sockets: stalls, floods, readers that stand still."""

import asyncio
import json
import socket
import ssl
import tracemalloc
import zlib
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import pytest
from aiohttp import ClientError, ClientWebSocketResponse, WSMsgType

from homecall_appliance.web.channel import ERROR_BURST, SocketLimits
from homecall_appliance.web.guard import GuardLimits
from tests.support.limits import guard_limits, hub_limits
from tests.support.ports_world import MESSAGE_BYTES, Ports, next_error, offer, open_ports

pytestmark = pytest.mark.slow

SHORT = 0.3
"""Seconds of a limit that a test waits for."""


async def until_closed(reader: asyncio.StreamReader) -> None:
    """Wait until the other side has closed or reset the connection."""
    with suppress(ConnectionError, ssl.SSLError):
        async with asyncio.timeout(5):
            while await reader.read(1 << 16):
                pass


async def until_no_connection(ports: Ports) -> None:
    async with asyncio.timeout(5):
        while ports.guard.connections:  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.01)


async def close_code(ws: ClientWebSocketResponse) -> int | None:
    while (await ws.receive(timeout=5)).type not in (WSMsgType.CLOSE, WSMsgType.CLOSED):
        pass
    return ws.close_code


# What stalls: slowloris


@pytest.mark.parametrize("hello", [b"", b"\x16\x03\x01", b"GET / HTTP/1.1\r\n\r\n"])
async def test_a_tls_handshake_that_stalls_is_ended(tmp_path: Path, hello: bytes) -> None:
    async with open_ports(tmp_path, request_timeout=SHORT) as ports:
        reader, writer = await asyncio.open_connection("127.0.0.1", ports.https)
        writer.write(hello)
        await until_closed(reader)
        await until_no_connection(ports)
        writer.close()


@pytest.mark.parametrize("secure", [True, False], ids=["https", "http"])
@pytest.mark.parametrize("request_head", [b"", b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "])
async def test_a_request_that_stalls_is_ended(
    tmp_path: Path, secure: bool, request_head: bytes
) -> None:
    async with open_ports(tmp_path, request_timeout=SHORT) as ports:
        reader, writer = await asyncio.open_connection(
            "127.0.0.1",
            ports.https if secure else ports.http,
            ssl=ports.trust if secure else None,
        )
        writer.write(request_head)
        await until_closed(reader)
        await until_no_connection(ports)
        writer.close()


async def test_a_second_request_that_stalls_is_ended_too(tmp_path: Path) -> None:
    async with open_ports(tmp_path, request_timeout=SHORT) as ports:
        reader, writer = await asyncio.open_connection("127.0.0.1", ports.https, ssl=ports.trust)
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nGET /healthz HT")
        assert (await reader.readline()).startswith(b"HTTP/1.1 200")
        await until_closed(reader)
        writer.close()


async def test_an_open_socket_does_not_stall(tmp_path: Path) -> None:
    async with open_ports(tmp_path, request_timeout=SHORT) as ports:
        session_id = str(uuid4())
        bob = await ports.attach(f"?sessionId={session_id}")
        await asyncio.sleep(2 * SHORT)
        ann = await ports.attach(f"?sessionId={session_id}")
        await ann.send_str(offer(session_id))
        assert (await bob.receive_json(timeout=5))["type"] == "offer"


async def test_a_socket_that_attaches_to_nothing_is_closed(tmp_path: Path) -> None:
    limits = SocketLimits(MESSAGE_BYTES, 1 << 20, first_message_timeout=SHORT)
    async with open_ports(tmp_path, sockets=limits) as ports:
        silent, stubborn = await ports.attach(), await ports.attach()
        await stubborn.send_str("garbage")
        assert await next_error(stubborn) == "bad_message"
        for each in (silent, stubborn):
            assert await next_error(each) == "signal_not_found"
            assert await close_code(each) == 1008


# Floods


async def test_beyond_its_connections_an_address_is_cut_off_before_tls(tmp_path: Path) -> None:
    async with open_ports(tmp_path, guard=guard_limits(connections_per_address=2)) as ports:
        first, second = await ports.attach(), await ports.attach()
        with pytest.raises((ClientError, ssl.SSLError, ConnectionError)):
            await ports.attach()
        await first.close()
        await second.close()
        await until_no_connection(ports)
        await (await ports.attach()).close()
        assert b'homecall_rejected_total{reason="connections"} 1.0' in ports.figures.text()


@pytest.mark.parametrize(
    "limits", [guard_limits(sockets_per_address=1), guard_limits(handshakes_per_second=0.1)]
)
async def test_beyond_its_sockets_an_address_is_told_so(
    tmp_path: Path, limits: GuardLimits
) -> None:
    async with open_ports(tmp_path, guard=limits) as ports:
        first = await ports.attach()
        late = await ports.attach(f"?sessionId={uuid4()}")
        assert await next_error(late) == "rate_limited"
        assert await close_code(late) == 1013
        assert ports.hub.counts() == {"waiting": 0, "active": 0}
        await first.close()


async def test_beyond_its_messages_an_address_is_told_so_and_nothing_else_is_lost(
    tmp_path: Path,
) -> None:
    async with open_ports(tmp_path, guard=guard_limits(messages_per_second=0.5)) as ports:
        session_id = str(uuid4())
        bob = await ports.attach(f"?sessionId={session_id}")
        ann = await ports.attach(f"?sessionId={session_id}")
        for _ in range(7):
            await ann.send_str(offer(session_id))
        assert [await next_error(ann) for _ in range(2)] == ["rate_limited"] * 2
        received = [(await bob.receive_json(timeout=5))["type"] for _ in range(5)]
        assert received == ["offer"] * 5


async def test_a_flood_of_faults_closes_the_socket_and_not_the_session(tmp_path: Path) -> None:
    async with open_ports(tmp_path, hub=hub_limits()) as ports:
        session_id = str(uuid4())
        bob = await ports.attach(f"?sessionId={session_id}&from=b")
        ann = await ports.attach(f"?sessionId={session_id}&from=a")
        for _ in range(ERROR_BURST + 10):
            await ann.send_str("garbage")
        errors = [await next_error(ann) for _ in range(ERROR_BURST)]
        assert set(errors) == {"bad_message"}
        assert await close_code(ann) == 1008
        again = await ports.attach(f"?sessionId={session_id}&from=a")
        await again.send_str(offer(session_id))
        assert (await bob.receive_json(timeout=5))["type"] == "offer"


async def idle(ports: Ports, source: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Open a connection from an address of this machine that says nothing."""
    return await asyncio.open_connection("127.0.0.1", ports.http, local_addr=(source, 0))


async def test_idle_connections_lock_nobody_out(tmp_path: Path) -> None:
    """The oldest idle connection of the source that has most gives way."""
    async with open_ports(tmp_path, guard=guard_limits(connections=12)) as ports:
        session_id = str(uuid4())
        bob = await ports.attach(f"?sessionId={session_id}")
        held = [await idle(ports, f"127.0.1.{1 + number % 2}") for number in range(11)]
        async with asyncio.timeout(5):
            while ports.guard.connections < 12:  # noqa: ASYNC110 - it has no event
                await asyncio.sleep(0.01)
        ann = await ports.attach(f"?sessionId={session_id}")
        async with ports.client.get(ports.url("/")) as page:
            assert page.status == 200
        await until_closed(held[0][0])
        assert not held[1][0].at_eof()
        assert ports.guard.connections == 12
        await ann.send_str(offer(session_id))
        assert (await bob.receive_json(timeout=5))["type"] == "offer"
        for _, writer in held:
            writer.close()


async def test_open_sockets_give_way_to_nobody(tmp_path: Path) -> None:
    async with open_ports(tmp_path, guard=guard_limits(connections=2)) as ports:
        ann, bob = [await ports.attach(f"?sessionId={uuid4()}") for _ in range(2)]
        with pytest.raises((ClientError, ssl.SSLError, ConnectionError)):
            await ports.attach()
        await ann.close()
        await until_one_connection(ports)
        await (await ports.attach()).close()
        await bob.send_str("?")
        assert await next_error(bob) == "bad_message"


async def until_one_connection(ports: Ports) -> None:
    async with asyncio.timeout(5):
        while ports.guard.connections > 1:  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.01)


async def answers_to(
    ports: Ports, *requests: bytes, secure: bool, read: int | None = None
) -> list[int]:
    """Send requests by one connection, all at once, and return the status of each answer.

    `read` is the number of answers after which no more are waited for.
    """
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", ports.https if secure else ports.http, ssl=ports.trust if secure else None
    )
    writer.write(b"".join(requests))
    received = b""
    with suppress(ConnectionError, ssl.SSLError, TimeoutError):
        async with asyncio.timeout(20):
            while chunk := await reader.read(1 << 16):
                received += chunk
                if received.count(b"HTTP/1.1 ") >= (read or len(requests)):
                    break
    writer.close()
    return [int(each[:3]) for each in received.split(b"HTTP/1.1 ")[1:]]


REQUEST = b"GET /ca.crt HTTP/1.1\r\nHost: x\r\n"


@pytest.mark.parametrize("secure", [True, False], ids=["https", "http"])
async def test_requests_are_counted_by_whatever_connection_they_come(
    tmp_path: Path, secure: bool
) -> None:
    async with open_ports(tmp_path, guard=guard_limits(requests_per_second=0.5)) as ports:
        request = REQUEST + b"\r\n"
        statuses = await answers_to(ports, *[request] * 100, secure=secure)
        assert statuses == [200] * 5 + [429]
        assert await answers_to(ports, request, secure=secure) == [429]
        assert b'homecall_rejected_total{reason="requests"} 2.0' in ports.figures.text()


@pytest.mark.parametrize("secure", [True, False], ids=["https", "http"])
async def test_what_is_pipelined_is_answered_one_by_one_and_not_kept(
    tmp_path: Path, secure: bool
) -> None:
    async with open_ports(tmp_path) as ports:
        requests = [b"GET /x HTTP/1.1\r\nHost: x\r\n\r\n"] * 5000
        tracemalloc.start()
        try:
            statuses = await answers_to(ports, *requests, secure=secure, read=100)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert set(statuses) == ({404} if secure else {308})
        assert peak < 4 << 20


@pytest.mark.parametrize("secure", [True, False], ids=["https", "http"])
async def test_every_pipelined_request_gets_its_answer(tmp_path: Path, secure: bool) -> None:
    async with open_ports(tmp_path) as ports:
        request = REQUEST + b"\r\n"
        assert await answers_to(ports, *[request] * 100, secure=secure) == [200] * 100


@pytest.mark.parametrize("secure", [True, False], ids=["https", "http"])
@pytest.mark.parametrize(
    "body",
    [
        b"Content-Length: 3\r\n\r\nabc",
        b"Content-Length: 1000000000\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
        b"Content-Length: 3\r\nContent-Encoding: gzip\r\n\r\nabc",
        b"Content-Length: 3\r\nExpect: 100-continue\r\n\r\nabc",
    ],
    ids=["short", "endless", "chunked", "compressed", "expected"],
)
async def test_a_request_with_a_body_is_refused(tmp_path: Path, secure: bool, body: bytes) -> None:
    async with open_ports(tmp_path) as ports:
        for method in (b"POST", b"GET", b"PUT"):
            request = REQUEST.replace(b"GET", method) + body
            statuses = await answers_to(ports, request, REQUEST + b"\r\n", secure=secure)
            assert [each for each in statuses if each != 100] == [413]
        request = REQUEST + b"Content-Length: 0\r\n\r\n"
        assert await answers_to(ports, request, secure=secure) == [200]


async def test_a_compressed_body_is_not_unpacked(tmp_path: Path) -> None:
    packed = zlib.compress(bytes(64 << 20), 9)
    head = b"Content-Encoding: deflate\r\nContent-Length: %d\r\n\r\n" % len(packed)
    async with open_ports(tmp_path) as ports:
        tracemalloc.start()
        try:
            await asyncio.gather(
                *(answers_to(ports, REQUEST + head + packed, secure=False) for _ in range(4))
            )
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert peak < 16 << 20


# Readers that stand still, and sockets that died


async def still(ports: Ports, query: str) -> socket.socket:
    """Attach a client that never reads after the handshake, with a small window."""
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    await asyncio.to_thread(raw.connect, ("127.0.0.1", ports.https))
    tls = await asyncio.to_thread(ports.trust.wrap_socket, raw, server_hostname="127.0.0.1")
    head = (
        f"GET /signal{query} HTTP/1.1\r\nHost: 127.0.0.1:{ports.https}\r\n"
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    )
    await asyncio.to_thread(tls.sendall, head.encode())
    answer = await asyncio.to_thread(tls.recv, 4096)
    assert answer.startswith(b"HTTP/1.1 101")
    return tls


def candidate(session_id: str, number: int, size: int) -> str:
    body = {"candidate": f"candidate:{number} ".ljust(size, "x")}
    return json.dumps({"type": "candidate", "sessionId": session_id, "candidate": body})


async def test_a_reader_that_stands_still_is_cut_off_and_holds_nobody_up(tmp_path: Path) -> None:
    size, limit = 60_000, 1 << 20
    sockets = SocketLimits(1 << 16, unacknowledged_bytes=limit, first_message_timeout=5)
    async with open_ports(tmp_path, hub=hub_limits(), sockets=sockets) as ports:
        slow, other = str(uuid4()), str(uuid4())
        bob = await still(ports, f"?sessionId={slow}&from=b")
        ann = await ports.attach(f"?sessionId={slow}&from=a")
        carol, dave = [await ports.attach(f"?sessionId={other}") for _ in range(2)]
        sent = 0
        while ports.guard.connections == 4:
            await ann.send_str(candidate(slow, sent, size))
            await carol.send_str(candidate(other, sent, 100))
            assert f"candidate:{sent} " in await dave.receive_str(timeout=5)
            sent += 1
            assert sent < 500, "Nobody was cut off."
        bob.close()
        again = await ports.attach(f"?sessionId={slow}&from=b")
        first = json.loads(await again.receive_str(timeout=5))["candidate"]["candidate"]
        assert int(first.split()[0].partition(":")[2]) <= sent - limit // size


async def test_what_a_dead_socket_took_and_did_not_deliver_comes_with_the_next(
    tmp_path: Path,
) -> None:
    sockets = SocketLimits(1 << 16, unacknowledged_bytes=1 << 20, first_message_timeout=5)
    async with open_ports(tmp_path, hub=hub_limits(), sockets=sockets) as ports:
        session_id = str(uuid4())
        bob = await still(ports, f"?sessionId={session_id}&from=b")
        ann = await ports.attach(f"?sessionId={session_id}&from=a")
        await ann.send_str(candidate(session_id, 0, 100))
        assert b"candidate:0 " in await asyncio.to_thread(bob.recv, 4096)
        await asyncio.sleep(0.1)  # an acknowledgement may be delayed (RFC 9293, section 3.8.6.3)
        for number in range(1, 8):
            await ann.send_str(candidate(session_id, number, 60_000))
        again = await ports.attach(f"?sessionId={session_id}&from=b")
        numbers = [
            int(json.loads(await again.receive_str(timeout=5))["candidate"]["candidate"][10])
            for _ in range(7)
        ]
        assert numbers == list(range(1, 8))
        bob.close()


async def test_a_socket_that_does_not_answer_pings_is_lost(tmp_path: Path) -> None:
    sockets = SocketLimits(MESSAGE_BYTES, 1 << 20, 5, ping_interval=0.1)
    async with open_ports(tmp_path, hub=hub_limits(), sockets=sockets) as ports:
        session_id = str(uuid4())
        ann = await ports.attach(f"?sessionId={session_id}&from=a")
        answering = asyncio.create_task(ann.receive_str())
        bob = await still(ports, f"?sessionId={session_id}&from=b")
        async with asyncio.timeout(5):
            while ports.guard.connections == 2:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        assert ports.hub.counts() == {"waiting": 0, "active": 1}
        again = await ports.attach(f"?sessionId={session_id}&from=b")
        await again.send_str(offer(session_id))
        assert json.loads(await answering)["type"] == "offer"
        bob.close()
