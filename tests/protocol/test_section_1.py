"""protocol.md, section 1: what it is."""

import pytest
from aiohttp import WSMsgType
from aiohttp.client_exceptions import WSServerHandshakeError

from tests.protocol.wire import ICE, answer, new_id, offer, read, read_close, read_types, text
from tests.support.ports_world import MESSAGE_BYTES, Ports

ONE_ID = "9912d9b4-b541-4f17-98fa-cab0c57bc59e"


@pytest.mark.protocol(
    1,
    "One WebSocket endpoint, `wss://<host>[:port]/signal`",
    "It carries SDP and ICE between the **two** participants of one session",
)
async def test_one_endpoint_carries_sdp_and_ice(ports: Ports) -> None:
    session_id = new_id()
    ann = await ports.attach(f"?sessionId={session_id}")
    bob = await ports.attach(f"?sessionId={session_id}")
    await ann.send_str(offer(session_id, "v=0 ann"))
    assert (await read(bob))["sdp"] == "v=0 ann"
    await bob.send_str(answer(session_id, "v=0 bob"))
    await bob.send_str(text("candidate", session_id, candidate=ICE))
    assert (await read(ann))["sdp"] == "v=0 bob"
    assert (await read(ann))["candidate"] == ICE
    for path in ("/", "/signal/", "/signal/x"):
        with pytest.raises(WSServerHandshakeError):
            await ports.client.ws_connect(f"wss://127.0.0.1:{ports.https}{path}")


@pytest.mark.protocol(
    1, "no names, no rooms, no lists, no registration, no `join`/`leave`", "(a UUID)"
)
@pytest.mark.parametrize("kind", ["join", "leave", "register", "list", "room", "name", "bye"])
async def test_there_is_no_other_command(ports: Ports, kind: str) -> None:
    session_id = new_id()
    ann = await ports.attach(f"?sessionId={session_id}")
    bob = await ports.attach(f"?sessionId={session_id}")
    await ann.send_str(text(kind, session_id, name="Ann", room=session_id))
    assert await read_types(ann, 1) == ["error bad_message"]
    await ann.send_str(text(kind, "a-room"))
    assert await read_types(ann, 1) == ["error bad_session"]
    await ann.send_str(offer(session_id))
    assert await read_types(bob, 1) == ["offer v=0"]


@pytest.mark.protocol(1, "Presence is the attached socket itself")
async def test_coming_and_staying_away_is_not_announced(ports: Ports) -> None:
    session_id = new_id()
    ann = await ports.attach(f"?sessionId={session_id}&from=a")
    bob = await ports.attach(f"?sessionId={session_id}&from=b")
    await bob.close(code=1001)
    again = await ports.attach(f"?sessionId={session_id}&from=b")
    await again.send_str(offer(session_id))
    assert await read_types(ann, 1) == ["offer v=0"]
    assert ports.hub.counts() == {"waiting": 0, "active": 1}


@pytest.mark.protocol(
    1,
    "Only `wss://`",
    "A WebSocket upgrade on the plain-HTTP port is refused (HTTP 426, JSON body with code",
    "it is never upgraded and never redirected",
)
@pytest.mark.parametrize("path", ["/signal", f"/signal?sessionId={ONE_ID}", "/", "/x"])
async def test_the_plain_port_refuses_sockets(ports: Ports, path: str) -> None:
    with pytest.raises(WSServerHandshakeError) as refused:
        await ports.client.ws_connect(f"ws://127.0.0.1:{ports.http}{path}")
    assert refused.value.status == 426
    headers = {"Upgrade": "WebSocket", "Connection": "keep-alive, Upgrade"}
    async with ports.client.get(
        ports.plain_url(path), headers=headers, allow_redirects=False
    ) as response:
        assert (response.status, await response.json()) == (426, {"code": "tls_required"})
    assert ports.hub.counts() == {"waiting": 0, "active": 0}


@pytest.mark.protocol(
    1,
    "A browser's `Origin` must be a host that the appliance serves",
    "compared as origins are (RFC 6454: a default port equals none)",
    "otherwise 403, and the journal names the setting",
    "Clients that send no `Origin` (native programs) are let through",
)
@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        (None, True),
        ("https://127.0.0.1:{port}", True),
        ("HTTPS://127.0.0.1:{port}", True),
        ("https://localhost:{port}", True),
        ("https://home.example:8443", True),
        ("https://friend.example", True),
        ("https://friend.example:443", True),
        ("https://friend.example:8443", False),
        ("http://friend.example", False),
        ("https://127.0.0.1", False),
        ("https://127.0.0.1:1", False),
        ("http://127.0.0.1:{port}", False),
        ("https://evil.example", False),
        ("https://friend.example.evil.example", False),
        ("null", False),
        ("", False),
    ],
)
async def test_the_origin_is_checked(
    ports: Ports, origin: str | None, allowed: bool, caplog: pytest.LogCaptureFixture
) -> None:
    headers = {} if origin is None else {"Origin": origin.format(port=ports.https)}
    query = f"?sessionId={new_id()}"
    if allowed:
        await (await ports.attach(query, **headers)).close()
    else:
        with pytest.raises(WSServerHandshakeError) as refused:
            await ports.attach(query, **headers)
        assert refused.value.status == 403
        assert "server.allowed_origins" in caplog.text
        assert ports.hub.counts() == {"waiting": 0, "active": 0}


@pytest.mark.protocol(1, "A browser's `Origin` must be a host that the appliance serves")
@pytest.mark.parametrize("name", ["evil.example", "127.0.0.1.evil.example", "localhost.example"])
async def test_a_name_that_somebody_lets_lead_here_is_not_ours(ports: Ports, name: str) -> None:
    """DNS rebinding: the page and the request have the same host, and it is not the appliance's."""
    headers = {"Host": f"{name}:{ports.https}", "Origin": f"https://{name}:{ports.https}"}
    with pytest.raises(WSServerHandshakeError) as refused:
        await ports.attach(f"?sessionId={new_id()}", **headers)
    assert refused.value.status == 403


@pytest.mark.protocol(1, "compared as origins are (RFC 6454: a default port equals none)")
@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("localhost:443", "https://localhost"),
        ("localhost", "https://localhost:443"),
        ("localhost:4433", "https://localhost:4433"),
        ("LocalHost:4433", "https://localhost:4433"),
    ],
)
async def test_a_port_that_a_router_or_a_proxy_maps_is_the_same_place(
    ports: Ports, host: str, origin: str
) -> None:
    headers = {"Host": host, "Origin": origin}
    await (await ports.attach(f"?sessionId={new_id()}", **headers)).close()


@pytest.mark.protocol(
    1, "Text frames with one JSON object each", "Binary frames, invalid UTF-8/JSON"
)
async def test_anything_but_an_object_in_a_text_frame_is_a_bad_message(ports: Ports) -> None:
    session_id = new_id()
    ann = await ports.attach(f"?sessionId={session_id}")
    bob = await ports.attach(f"?sessionId={session_id}")
    one = offer(session_id)
    frames = ["null", "[]", f"[{one}]", one * 2, one[:-1], '"offer"', "7", "", "{", "\ufeff" + one]
    for frame in frames:
        await ann.send_str(frame)
    await ann.send_bytes(one.encode())
    await ann.send_bytes(b"")
    assert await read_types(ann, 12) == ["error bad_message"] * 12
    await ann.send_str(one)
    assert await read_types(bob, 1) == ["offer v=0"]


@pytest.mark.protocol(
    1, "or, where the WebSocket layer must close, close code 1003/1007/1009", "over the size limit"
)
async def test_frames_that_the_websocket_layer_must_refuse_close_the_socket(ports: Ports) -> None:
    session_id = new_id()
    ann = await ports.attach(f"?sessionId={session_id}&from=a")
    bob = await ports.attach(f"?sessionId={session_id}&from=b")
    await ann.send_frame(offer(session_id).encode() + b"\xff", WSMsgType.TEXT)
    assert await read_close(ann) == 1007
    again = await ports.attach(f"?sessionId={session_id}&from=a")
    one = offer(session_id)
    longest = one[:-2] + "x" * (MESSAGE_BYTES - len(one)) + one[-2:]
    await again.send_str(longest)
    assert (await read(bob))["type"] == "offer"
    await again.send_str(longest + " ")
    assert await read_close(again) == 1009


@pytest.mark.protocol(1, "over the size limit")
async def test_the_size_limit_counts_bytes(ports: Ports) -> None:
    ann = await ports.attach(f"?sessionId={new_id()}")
    await ann.send_str("ж" * (MESSAGE_BYTES // 2))
    assert await read_types(ann, 1) == ["error bad_message"]
    await ann.send_str("ж" * (MESSAGE_BYTES // 2 + 1))
    assert await read_close(ann) == 1009
