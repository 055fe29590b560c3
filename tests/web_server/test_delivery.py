"""What a TCP connection has delivered, as the kernel knows it."""

import asyncio
import select
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
import uvloop

from homecall_appliance.signaling.mailbox import Letter
from homecall_appliance.signaling.messages import Candidate, IceCandidate
from homecall_appliance.web.delivery import Delivery
from tests.support.tls_world import World

ID = "0b9c1f6a-3a53-4a8e-9e0a-0d7d1f6f2c11"


def letter(number: int) -> Letter:
    return Candidate(ID, IceCandidate(f"candidate:{number}")), 10


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Two ends of a connection: ours, and a phone's with a small window."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        phone = socket.socket()
        phone.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        phone.connect(server.getsockname())
        ours, _ = server.accept()
    with ours, phone:
        yield ours, phone


def send(delivery: Delivery, ours: socket.socket, letter: Letter, length: int) -> None:
    delivery.expect(length, letter)
    ours.sendall(b"x" * length)


def until_acknowledged(delivery: Delivery, missing: int) -> None:
    deadline = time.monotonic() + 5
    while len(delivery.missing()) > missing:
        assert time.monotonic() < deadline, f"{len(delivery.missing())} letters are missing."
        time.sleep(0.005)


def test_what_is_acknowledged_has_arrived(pair: tuple[socket.socket, socket.socket]) -> None:
    ours, _ = pair
    delivery = Delivery(ours)
    for number in range(3):
        send(delivery, ours, letter(number), 100)
    until_acknowledged(delivery, missing=0)


def test_what_the_phone_did_not_take_is_missing(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    ours, phone = pair
    delivery = Delivery(ours)
    for number in range(3):
        send(delivery, ours, letter(number), 100 if number == 0 else 100_000)
    until_acknowledged(delivery, missing=2)
    assert delivery.missing() == [letter(1), letter(2)]
    while len(delivery.missing()) == 2:
        phone.recv(1 << 16)
    assert delivery.missing() == [letter(2)]


def test_what_the_kernel_had_no_room_for_is_missing(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    ours, phone = pair
    ours.setblocking(False)
    delivery = Delivery(ours)
    size = 100_000
    kept, taken = b"", 0
    for number in range(100):
        delivery.expect(size, letter(number))
        kept += b"x" * size
        with suppress(BlockingIOError):
            taken += ours.send(kept[taken:])
    assert taken < len(kept)
    while phone_has_room(phone):
        phone.recv(1 << 16)
    time.sleep(0.1)
    assert len(delivery.missing()) == 100 - taken // size


def phone_has_room(phone: socket.socket) -> bool:
    """Whether something comes within the time of a delayed acknowledgement."""
    return bool(select.select([phone], [], [], 0.3)[0])


def test_a_connection_can_be_asked_when_the_transport_has_closed_it(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    ours, phone = pair
    delivery = Delivery(ours.dup())
    send(delivery, ours, letter(0), 100)
    until_acknowledged(delivery, missing=0)
    send(delivery, ours, letter(1), 100_000)
    phone.close()
    ours.close()
    assert delivery.missing() == [letter(1)]
    delivery.expect(100, letter(2))
    assert delivery.waiting == 20
    assert delivery.missing() == [letter(1), letter(2)]
    delivery.close()


@pytest.mark.parametrize("new_loop", [asyncio.new_event_loop, uvloop.new_event_loop])
@pytest.mark.parametrize(
    ("version", "ciphers"),
    [
        (ssl.TLSVersion.TLSv1_3, ""),
        (ssl.TLSVersion.TLSv1_2, "ECDHE+AESGCM"),
        (ssl.TLSVersion.TLSv1_2, "ECDHE+CHACHA20"),
    ],
)
def test_it_knows_what_tls_adds(
    tmp_path: Path,
    new_loop: Callable[[], asyncio.AbstractEventLoop],
    version: ssl.TLSVersion,
    ciphers: str,
) -> None:
    """A contract with OpenSSL and both event loops: a piece is written as it is, in records."""
    authority = World(tmp_path, now=datetime.now(UTC)).authority()
    trust = ssl.create_default_context(cadata=authority.authority_pem.decode())
    trust.maximum_version = version
    if ciphers:
        trust.set_ciphers(ciphers)

    async def check() -> None:
        ends: list[tuple[int, int]] = []

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readexactly(1)
            delivery = Delivery.watch(writer.transport)
            for length in (1, 126, 5000, 16_384, 16_385, 60_000):
                delivery.expect(length)
                writer.write(b"x" * length)
            await reader.readexactly(1)  # the client has read it all
            arrived = Delivery.watch(writer.transport)
            ends.append((delivery.end, arrived.end))
            for each in (delivery, arrived):
                each.close()
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=authority.context)
        port = server.sockets[0].getsockname()[1]
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=trust)
        writer.write(b"?")
        await reader.readexactly(1 + 126 + 5000 + 16_384 + 16_385 + 60_000)
        writer.write(b"!")
        assert await reader.read() == b""
        writer.close()
        server.close()
        [(expected, arrived)] = ends
        assert expected == arrived

    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(check())
