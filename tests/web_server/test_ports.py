"""The two ports as a browser meets them: real TLS, real sockets."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest
from aiohttp import WSMsgType
from aiohttp.client_exceptions import WSServerHandshakeError
from ports_world import MESSAGE_BYTES, Ports, next_error, offer, open_ports

from homecall_appliance.web.server import PortError, listen


@pytest.fixture
async def ports(tmp_path: Path) -> AsyncIterator[Ports]:
    async with open_ports(tmp_path) as ports:
        yield ports


# interfaces.md, "HTTPS"


@pytest.mark.parametrize("path", ["/", "/app/Core.mjs", "/healthz", "/nothing", "/config.json"])
async def test_every_answer_is_guarded(ports: Ports, path: str) -> None:
    async with ports.client.get(ports.url(path)) as response:
        headers = response.headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert f"connect-src 'self' wss://127.0.0.1:{ports.https};" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "Permissions-Policy" in headers
    assert "Server" not in headers
    assert "Strict-Transport-Security" not in headers


async def test_a_hostile_host_header_gets_into_no_header(ports: Ports) -> None:
    headers = {"Host": "x; script-src *"}
    async with ports.client.get(ports.url("/"), headers=headers) as response:
        assert "connect-src 'self';" in response.headers["Content-Security-Policy"]
    async with ports.client.get(
        ports.plain_url("/x"), headers=headers, allow_redirects=False
    ) as response:
        assert response.headers["Location"] == "https://home/x"


async def test_the_client_is_served_with_its_types_and_nothing_else(ports: Ports) -> None:
    seen = {}
    for path in ("/", "/app/Core.mjs", "/app", "/../secret.txt", "/%2e%2e/secret.txt", "/app/"):
        async with ports.client.get(ports.url(path)) as response:
            seen[path] = (response.status, response.content_type)
    assert seen == {
        "/": (200, "text/html"),
        "/app/Core.mjs": (200, "text/javascript"),
        "/app": (404, "text/plain"),
        "/../secret.txt": (404, "text/plain"),
        "/%2e%2e/secret.txt": (404, "text/plain"),
        "/app/": (404, "text/plain"),
    }


async def test_an_unchanged_file_is_not_sent_again(ports: Ports) -> None:
    async with ports.client.get(ports.url("/")) as response:
        tag = response.headers["ETag"]
        assert response.headers["Cache-Control"] == "no-cache"
    async with ports.client.get(ports.url("/"), headers={"If-None-Match": tag}) as response:
        assert (response.status, await response.read()) == (304, b"")


async def test_the_json_endpoints(ports: Ports) -> None:
    answers = {}
    for path in ("/config.json", "/version.json", "/healthz"):
        async with ports.client.get(ports.url(path)) as response:
            assert response.headers["Cache-Control"] == "no-store"
            answers[path] = await response.json()
    assert answers == {
        "/config.json": {"iceServers": [], "version": "1.2.3", "language": None},
        "/version.json": {"version": "1.2.3"},
        "/healthz": {"status": "ok"},
    }
    ports.problems.append("No link.")
    async with ports.client.get(ports.url("/healthz")) as response:
        assert response.status == 503
        assert (await response.json())["reasons"] == ["No link."]


# protocol.md, section 1: only wss


@pytest.mark.parametrize("path", ["/signal", "/", "/x"])
async def test_the_plain_port_refuses_sockets(ports: Ports, path: str) -> None:
    with pytest.raises(WSServerHandshakeError) as refused:
        await ports.client.ws_connect(f"ws://127.0.0.1:{ports.http}{path}")
    assert refused.value.status == 426
    headers = {"Upgrade": "websocket", "Connection": "upgrade"}
    async with ports.client.get(ports.plain_url(path), headers=headers) as response:
        assert (response.status, await response.json()) == (426, {"code": "tls_required"})


async def test_the_plain_port_helps_and_leads_to_https(ports: Ports) -> None:
    async with ports.client.get(ports.plain_url("/")) as response:
        assert (response.status, response.content_type) == (200, "text/html")
        assert f"https://127.0.0.1:{ports.https}/" in await response.text()
    async with ports.client.get(ports.plain_url("/trust.css")) as response:
        assert response.content_type == "text/css"
    for method in ("GET", "POST"):
        async with ports.client.request(
            method, ports.plain_url("/a?b=c"), allow_redirects=False
        ) as response:
            assert response.status == 308
            assert response.headers["Location"] == ports.url("/a?b=c")


async def test_both_ports_hand_out_the_authority(ports: Ports) -> None:
    for url in (ports.url, ports.plain_url):
        async with ports.client.get(url("/ca.crt")) as response:
            assert response.content_type == "application/x-x509-ca-cert"
            assert (await response.read()).startswith(b"-----BEGIN CERTIFICATE-----")
        async with ports.client.get(url("/ca.mobileconfig")) as response:
            assert response.content_type == "application/x-apple-aspen-config"


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        (None, True),
        ("https://127.0.0.1:{port}", True),
        ("HTTPS://127.0.0.1:{port}", True),
        ("https://friend.example", True),
        ("https://127.0.0.1", False),
        ("http://127.0.0.1:{port}", False),
        ("https://evil.example", False),
        ("null", False),
    ],
)
async def test_the_origin_is_checked(ports: Ports, origin: str | None, allowed: bool) -> None:
    headers = {"Origin": origin.format(port=ports.https)} if origin else {}
    if allowed:
        await (await ports.attach(**headers)).close()
    else:
        with pytest.raises(WSServerHandshakeError) as refused:
            await ports.attach(**headers)
        assert refused.value.status == 403


async def test_signal_without_an_upgrade_asks_for_one(ports: Ports) -> None:
    async with ports.client.get(ports.url("/signal")) as response:
        assert (response.status, response.headers["Upgrade"]) == (426, "websocket")


# protocol.md, sections 1, 2, 4 and 6 over a real socket


@pytest.mark.parametrize("name", ["sessionId", "session"])
async def test_a_recipient_attaches_by_the_handshake(ports: Ports, name: str) -> None:
    session_id = str(uuid4())
    bob = await ports.attach(f"?{name}={session_id}")
    ann = await ports.attach()
    await ann.send_str(offer(session_id))
    message = await bob.receive_json(timeout=5)
    assert message == {"type": "offer", "sessionId": session_id, "sdp": "v=0"}
    await ann.close()
    assert await next_error(bob) == "session_ended"
    assert (await bob.receive()).type is WSMsgType.CLOSE
    assert bob.close_code == 4001


async def test_bad_frames_are_answered_and_the_socket_stays(ports: Ports) -> None:
    socket = await ports.attach()
    await socket.send_str("null")
    await socket.send_bytes(b"{}")
    await socket.send_str('{"sessionId":"x"}')
    codes = [await next_error(socket) for _ in range(3)]
    assert codes == ["bad_message", "bad_message", "bad_session"]
    await socket.send_str(offer(str(uuid4())))
    await socket.close()


async def test_a_frame_of_the_longest_size_passes_and_a_longer_one_closes(ports: Ports) -> None:
    session_id = str(uuid4())
    bob, ann = await ports.attach(f"?sessionId={session_id}"), await ports.attach()
    text = offer(session_id)
    longest = text[:-2] + "x" * (MESSAGE_BYTES - len(text)) + text[-2:]
    await ann.send_str(longest)
    assert (await bob.receive_json(timeout=5))["type"] == "offer"
    await ann.send_str(longest + " ")
    closed = await ann.receive()
    assert (closed.type, closed.data) == (WSMsgType.CLOSE, 1009)


async def test_a_third_participant_gets_4003_and_the_two_notice_nothing(ports: Ports) -> None:
    session_id = str(uuid4())
    ann = await ports.attach(f"?sessionId={session_id}&from=a")
    bob = await ports.attach(f"?sessionId={session_id}&from=b")
    eve = await ports.attach(f"?sessionId={session_id}&from=e")
    await eve.send_str(json.dumps({"type": "hangup", "sessionId": session_id}))
    assert await next_error(eve) == "session_full"
    assert (await eve.receive()).type is WSMsgType.CLOSE
    assert eve.close_code == 4003
    await ann.send_str(offer(session_id))
    assert (await bob.receive_json(timeout=5))["type"] == "offer"


@pytest.mark.parametrize(
    ("query", "code", "close_code"),
    [
        ("?sessionId=42", "bad_session", 1008),
        ("?sessionId={id}&from=" + "x" * 65, "bad_message", 1008),
    ],
)
async def test_a_bad_handshake_is_told_and_closed(
    ports: Ports, query: str, code: str, close_code: int
) -> None:
    socket = await ports.attach(query.format(id=uuid4()))
    assert await next_error(socket) == code
    assert (await socket.receive()).type is WSMsgType.CLOSE
    assert socket.close_code == close_code


@pytest.mark.parametrize(
    ("accept", "sentence"),
    [
        ("en-GB,en;q=0.9,ru;q=0.5", "The message could not be understood"),
        ("de,ru;q=0.5,en;q=0.4", "Сообщение не распознано"),
        ("de", "Сообщение не распознано"),
    ],
)
async def test_errors_speak_the_language_of_the_handshake(
    ports: Ports, accept: str, sentence: str
) -> None:
    socket = await ports.attach(**{"Accept-Language": accept})
    await socket.send_str("?")
    assert (await socket.receive_json(timeout=5))["message"] == sentence
    await socket.close()


async def test_a_lost_socket_comes_back_to_its_messages(ports: Ports) -> None:
    session_id = str(uuid4())
    ann = await ports.attach(f"?sessionId={session_id}&from=a")
    bob = await ports.attach(f"?sessionId={session_id}&from=b")
    await bob.close(code=1001)
    await ann.send_str(offer(session_id))
    again = await ports.attach(f"?sessionId={session_id}&from=b")
    assert (await again.receive_json(timeout=5))["type"] == "offer"
    await again.close()


async def test_a_lost_socket_that_stays_away_ends_the_session(ports: Ports) -> None:
    session_id = str(uuid4())
    ann = await ports.attach(f"?sessionId={session_id}&from=a")
    bob = await ports.attach(f"?sessionId={session_id}&from=b")
    await bob.close(code=1001)
    assert await next_error(ann) == "session_ended"
    await ann.receive()
    assert ann.close_code == 4001


# Edges


async def test_a_port_in_use_is_a_sentence(ports: Ports) -> None:
    with pytest.raises(PortError, match=rf"Port {ports.https} .* Address already in use"):
        listen("127.0.0.1", ports.https)


@pytest.mark.parametrize("garbage", [b"GARBAGE\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n"])
async def test_what_is_not_http_learns_nothing_of_the_server(ports: Ports, garbage: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", ports.http)
    writer.write(garbage)
    answer = await reader.read()
    writer.close()
    assert answer.startswith(b"HTTP/1.")
    assert b"aiohttp" not in answer
    assert b"Python" not in answer
