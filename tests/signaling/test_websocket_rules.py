"""RFC 6455: what comes on a WebSocket that is no message of protocol.md, or no frame at all.

It is answered, or its socket is closed with the code that says why; everybody else goes on, and the
log holds no exception. Random bytes come for HOMECALL_FUZZ_SECONDS, as in test_frame_fuzz.py.
"""

import asyncio
import json
import logging
import struct
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from aiohttp import ClientWebSocketResponse
from hypothesis import strategies as st

from tests.signaling.frame_oracle import offer
from tests.signaling.fuzz import TIMEOUT, drawn, seeds, shown, tell
from tests.signaling.test_frame_fuzz import LIMITS
from tests.support.limits import guard_limits
from tests.support.ports_world import MESSAGE_BYTES, Ports, open_ports

pytestmark = pytest.mark.slow

FIN = 0x80
TEXT, BINARY, CLOSE, PING, PONG = 0x1, 0x2, 0x8, 0x9, 0xA
BAD = b"?"


def frame(first: int, payload: bytes = b"", length: int | None = None, masked: int = 0x80) -> bytes:
    """Write a frame (RFC 6455, section 5.2), which may claim a length that it does not have."""
    length = len(payload) if length is None else length
    if length < 126:
        head = struct.pack(">BB", first, masked | length)
    elif length < 1 << 16:
        head = struct.pack(">BBH", first, masked | 126, length)
    else:
        head = struct.pack(">BBQ", first, masked | 127, length)
    return head + bytes(4 if masked else 0) + payload


def closing(code: int, reason: bytes = b"") -> bytes:
    return frame(FIN | CLOSE, struct.pack(">H", code) + reason)


AGAINST_THE_RULES = {
    1002: [
        *(frame(FIN | reserved | TEXT, BAD) for reserved in (0x40, 0x20, 0x10)),
        *(frame(FIN | opcode, BAD) for opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15)),
        *(frame(FIN, BAD), frame(0, BAD), frame(TEXT, BAD) + frame(FIN, BAD) + frame(FIN, BAD)),
        *(frame(TEXT, BAD) + frame(first, BAD) for first in (TEXT, FIN | TEXT, FIN | BINARY)),
        *(frame(control) for control in (CLOSE, PING, PONG)),
        *(frame(FIN | control, bytes(126)) for control in (CLOSE, PING, PONG)),
        *(frame(FIN | PING, bytes(1 << 16)), frame(FIN | CLOSE, b"\3")),
        *(closing(code) for code in (0, 999, 1004, 1005, 1015, 2999)),
        b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    ],
    1007: [
        *(frame(FIN | TEXT, none) for none in (b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80")),
        frame(TEXT, b"\xd0") + frame(FIN | PING) + frame(FIN, b"d0"),
        closing(1000, b"\xff"),
    ],
    1009: [
        *(
            frame(FIN | TEXT, length=length)
            for length in (MESSAGE_BYTES + 1, 1 << 32, (1 << 63) - 1)
        ),
        *(frame(FIN | BINARY, length=length) for length in (1 << 63, (1 << 64) - 1)),
        frame(TEXT, bytes(MESSAGE_BYTES)) + frame(FIN, b"x"),
        frame(TEXT) + frame(0, bytes(1000)) * (MESSAGE_BYTES // 1000 + 1),
    ],
}
"""What must close the socket, by the code that it is closed with (RFC 6455, section 7.4.1)."""

WITHIN_THE_RULES = [
    ([TEXT], frame(BINARY, BAD) + frame(FIN, BAD)),
    ([TEXT], frame(TEXT) + frame(0) * 1000 + frame(FIN)),
    ([PONG, TEXT], frame(TEXT, b"\xd0") + frame(FIN | PING) + frame(FIN, b"\xb6")),
    ([PONG], frame(FIN | PONG, BAD) + frame(FIN | PING, bytes(125))),
    ([PONG, CLOSE], frame(FIN | PING) + frame(FIN | CLOSE) + frame(FIN | PING) + BAD),
    *(([CLOSE], closing(code, "☎".encode())) for code in (1000, 1001, 1011, 3000, 4999)),
]
"""What is read, by the opcodes of the answers."""

LET_PASS = [
    frame(FIN | TEXT, BAD, masked=0),
    struct.pack(">BBH", FIN | TEXT, 0x80 | 126, len(BAD)) + bytes(4) + BAD,
    frame(TEXT) + frame(FIN | TEXT, BAD),
]
"""No mask, a length in more bytes than it takes, a message within an empty one: aiohttp lets them
pass, where RFC 6455 (sections 5.1, 5.2 and 5.4) would have the socket closed. Both are harmless."""


@pytest.fixture(autouse=True)
def clean_log(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """See that no exception comes as far as the log."""
    yield
    records = caplog.get_records("call")
    assert [each for each in records if each.levelno >= logging.ERROR or each.exc_info] == []


@pytest.fixture
async def ports(tmp_path: Path) -> AsyncIterator[Ports]:
    async with open_ports(tmp_path, hub=LIMITS) as ports:
        yield ports


class Raw:
    """A WebSocket whose client writes whatever bytes it likes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    @classmethod
    async def attach(cls, ports: Ports, query: str = "") -> "Raw":
        raw = cls(*await asyncio.open_connection("127.0.0.1", ports.https, ssl=ports.trust))
        raw.writer.write(
            f"GET /signal{query} HTTP/1.1\r\nHost: 127.0.0.1:{ports.https}\r\n"
            "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n".encode()
        )
        assert (await raw.reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101")
        return raw

    async def read(self) -> tuple[int, bytes]:
        """Read a frame of the server, and return its opcode and payload."""
        first, length = await self.reader.readexactly(2)
        if length == 126:
            (length,) = struct.unpack(">H", await self.reader.readexactly(2))
        return first & 0xF, await self.reader.readexactly(length)

    async def read_close(self) -> int:
        """Read up to the close frame, which must be the last, and return its code."""
        opcode, payload = await self.read()
        while opcode != CLOSE:
            opcode, payload = await self.read()
        assert await self.reader.read() == b""
        return int(struct.unpack(">H", payload[:2])[0])


async def until_alone(ports: Ports, connections: int) -> None:
    async with asyncio.timeout(5):
        while ports.guard.connections > connections:  # noqa: ASYNC110 - it has no event
            await asyncio.sleep(0.005)


async def talk(ports: Ports, bob: ClientWebSocketResponse, session_id: str) -> None:
    """See that a newcomer is heard by somebody who has been in place for long."""
    ann = await ports.attach(f"?sessionId={session_id}")
    await ann.send_str(json.dumps(offer(session_id)))
    assert await bob.receive_json(timeout=5) == offer(session_id)
    await ann.close(code=1001)


@pytest.mark.parametrize("code", AGAINST_THE_RULES)
async def test_what_is_against_the_rules_closes_its_socket(ports: Ports, code: int) -> None:
    session_id = str(uuid4())
    bob = await ports.attach(f"?sessionId={session_id}")
    for sent in AGAINST_THE_RULES[code]:
        ann = await Raw.attach(ports, f"?sessionId={session_id}")
        ann.writer.write(sent)
        async with asyncio.timeout(5):
            assert await ann.read_close() == code, sent[:80]
        ann.writer.transport.abort()
    await talk(ports, bob, session_id)


@pytest.mark.parametrize("code", AGAINST_THE_RULES)
async def test_it_closes_the_socket_of_who_has_sent_too_much_too(tmp_path: Path, code: int) -> None:
    guard = guard_limits(messages_per_second=0.01)
    async with open_ports(tmp_path, hub=LIMITS, guard=guard) as ports:
        for sent in AGAINST_THE_RULES[code]:
            ann = await Raw.attach(ports)
            ann.writer.write(frame(FIN | TEXT, BAD) + sent)
            async with asyncio.timeout(5):
                assert await ann.read_close() == code, sent[:80]
            ann.writer.transport.abort()


async def test_what_is_within_the_rules_is_answered(ports: Ports) -> None:
    for opcodes, sent in WITHIN_THE_RULES:
        ann = await Raw.attach(ports)
        ann.writer.write(sent)
        async with asyncio.timeout(5):
            assert [(await ann.read())[0] for _ in opcodes] == opcodes, sent[:80]
        ann.writer.transport.abort()


async def test_what_aiohttp_lets_pass_is_answered_or_closes_its_socket(ports: Ports) -> None:
    for sent in LET_PASS:
        ann = await Raw.attach(ports)
        ann.writer.write(sent)
        async with asyncio.timeout(5):
            assert (await ann.read())[0] in {TEXT, CLOSE}
        ann.writer.transport.abort()


async def test_a_message_in_pieces_is_one_message(ports: Ports) -> None:
    session_id = str(uuid4())
    bob = await ports.attach(f"?sessionId={session_id}")
    ann = await Raw.attach(ports, f"?sessionId={session_id}")
    text = json.dumps(offer(session_id, "☎"), ensure_ascii=False).encode()
    pieces = [frame(0, bytes([byte])) + frame(FIN | PONG) for byte in text]
    ann.writer.write(frame(TEXT) + b"".join(pieces) + frame(FIN))
    assert await bob.receive_json(timeout=5) == offer(session_id, "☎")
    ann.writer.transport.abort()


@pytest.mark.parametrize("abruptly", [False, True])
@pytest.mark.parametrize("amount", [1, 30, 300])
@pytest.mark.parametrize("last", [frame(FIN | PING, bytes(100)), frame(FIN | TEXT, BAD)])
async def test_whoever_does_not_wait_for_the_answer_does_no_harm(
    ports: Ports, last: bytes, amount: int, abruptly: bool
) -> None:
    session_id = str(uuid4())
    bob = await ports.attach(f"?sessionId={session_id}")
    for _ in range(5):
        ann = await Raw.attach(ports, f"?sessionId={session_id}")
        ann.writer.write(last * amount)
        (ann.writer.transport.abort if abruptly else ann.writer.close)()
        await until_alone(ports, 1)
    await talk(ports, bob, session_id)


rubbish = st.lists(
    st.binary(max_size=200)
    | st.builds(frame, st.integers(0, 255), st.binary(max_size=200))
    | st.builds(frame, st.sampled_from([0, TEXT, FIN, FIN | PING]), st.binary())
    | st.builds(frame, st.just(FIN | TEXT), st.binary(min_size=2))
    | st.builds(frame, st.just(FIN | TEXT), st.binary(), st.integers(MESSAGE_BYTES, 1 << 63)),
    max_size=4,
).map(b"".join)


@pytest.mark.timeout(TIMEOUT)
async def test_whatever_bytes_come_harm_nobody(ports: Ports) -> None:
    tally: Counter[str] = Counter()
    session_id = str(uuid4())
    bob = await ports.attach(f"?sessionId={session_id}")
    for number in seeds(few=1):
        for sent in drawn(rubbish, number, amount=100):
            with shown(number, sent):
                tally[await outcome(ports, sent)] += 1
        await talk(ports, bob, session_id)
    tell(tally, "connections")
    assert set(tally) >= {"1000", "1002", "1007", "1009"}


async def outcome(ports: Ports, sent: bytes) -> str:
    """Send something and a close frame, and return the code that the server closes with."""
    ann = await Raw.attach(ports)
    ann.writer.write(sent + closing(1000))
    try:
        async with asyncio.timeout(0.2):
            return str(await ann.read_close())
    except TimeoutError:
        return "part of a frame that is still to come"
    finally:
        ann.writer.transport.abort()
        await until_alone(ports, 1)
