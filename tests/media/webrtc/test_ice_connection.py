"""Our ICE agent below the real aiortc, in both event loops that it may run in."""

import asyncio
import contextlib
import logging
import os
import socket
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

import pytest
import uvloop
from aioice import stun

from homecall_appliance.media.webrtc.datagram_queue import MAX_QUEUED_BYTES
from homecall_appliance.media.webrtc.datagrams import MAX_SOURCES, Drop
from homecall_appliance.media.webrtc.ice_connection import MAX_EARLY_CHECKS
from tests.media.webrtc.gathering_world import World, world
from tests.media.webrtc.turn_server import PASSWORD, USERNAME, TurnServer, turn_server
from tests.support.connection import until
from tests.support.ice_servers import Server, options

Run: TypeAlias = Callable[[Coroutine[Any, Any, None]], None]

DTLS = b"\x16\xfe\xfd" + bytes(100)


@pytest.fixture(params=[asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Iterator[Run]:
    """Runs a story in an event loop."""
    with asyncio.Runner(loop_factory=request.param) as runner:
        yield runner.run


def address_of(world: World) -> tuple[str, int]:
    """The first of our addresses that an IPv4 socket can send to."""
    return next(
        (each.local_candidate.host, each.local_candidate.port)
        for each in world.connection.hosts
        if ":" not in each.local_candidate.host
    )


@contextlib.contextmanager
def stranger(world: World) -> Iterator[socket.socket]:
    """A socket of somebody else, from which datagrams go to us."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind((address_of(world)[0], 0))
        one.connect(address_of(world))
        one.setblocking(False)
        yield one


def check(world: World, transaction_id: bytes = b"twelve bytes") -> bytes:
    """Return a check, signed as the phone signs it."""
    attributes = {"USERNAME": f"{world.connection.local_username}:theirs", "PRIORITY": 1}
    message = stun.Message(
        stun.Method.BINDING, stun.Class.REQUEST, transaction_id, dict(attributes)
    )
    message.add_message_integrity(world.connection.local_password.encode())
    return bytes(message)


async def heard(one: socket.socket) -> list[bytes]:
    """Return what has come within a moment."""
    await asyncio.sleep(0.1)
    got = []
    with contextlib.suppress(BlockingIOError):
        while True:
            got.append(one.recv(2000))
    return got


def test_what_strangers_send_before_the_answer_leaves_nothing(
    run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    async def story() -> None:
        async with world() as home:
            tasks = len(asyncio.all_tasks())
            unsigned = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
            unsigned.attributes["USERNAME"] = f"{home.connection.local_username}:" + "a" * 1000
            sent = {
                b"": Drop.SIZE,
                bytes(65507): Drop.SIZE,
                b"\x80" * 1200: Drop.SOURCE,
                DTLS: Drop.SOURCE,
                b"\x40\x00\x00\x10" + bytes(16): Drop.PROTOCOL,
                bytes.fromhex("000300042112a442" + "78" * 12 + "000c0000"): Drop.UNEXPECTED,
                bytes.fromhex("000100042112a442" + "78" * 12 + "000c0000"): Drop.MALFORMED,
                bytes(unsigned): Drop.UNAUTHENTICATED,
            }
            with stranger(home) as one:
                for _ in range(5):
                    for data in sent:
                        one.send(data)
                        await asyncio.sleep(0)
                await until(lambda: home.dropped.total() == 5 * len(sent))
                assert await heard(one) == []
            assert home.dropped == {
                reason: 5 * [*sent.values()].count(reason) for reason in sent.values()
            }
            assert (home.connection._received.qsize(), home.connection._early) == (0, 0)
            assert len(asyncio.all_tasks()) <= tasks
            await home.connect()

    with caplog.at_level(logging.WARNING):
        run(story())
    assert caplog.records == []


def test_of_a_call_nothing_is_dropped(run: Run) -> None:
    async def story() -> None:
        async with world() as home:
            await home.connect()
            await asyncio.sleep(0.1)
            # A response may come when another pair has been nominated, and nobody waits any more.
            assert not home.dropped.keys() - {Drop.UNEXPECTED}
            assert not any(each._filter._pending for each in home.connection.hosts)

    run(story())


def test_the_first_flight_of_dtls_may_come_before_the_answer(run: Run) -> None:
    """A phone sends it once its own check is answered; the answer may take longer to come."""

    async def story() -> None:
        async with world() as home:
            with stranger(home) as phone:
                phone.send(DTLS)
                phone.send(check(home))
                [answer] = await heard(phone)
                assert stun.parse_message(answer).message_class is stun.Class.RESPONSE
                phone.send(DTLS)
                await until(home.connection._received.qsize)
            assert home.connection._received.get_nowait() == DTLS
            assert home.dropped == {Drop.SOURCE: 1}

    run(story())


def test_checks_from_ever_new_addresses_are_bounded(run: Run) -> None:
    async def story() -> None:
        async with world() as home:
            with contextlib.ExitStack() as stack:
                many = [stack.enter_context(stranger(home)) for _ in range(MAX_SOURCES + 5)]
                for each in many:
                    each.send(check(home))
                await until(lambda: home.dropped[Drop.CANDIDATES] == 5)
                for number in range(3 * MAX_EARLY_CHECKS):
                    many[0].send(check(home, number.to_bytes(12)))
                    await asyncio.sleep(0)
                assert len(await heard(many[0])) <= MAX_EARLY_CHECKS
                assert home.connection._early > 2 * MAX_EARLY_CHECKS
                await home.connect()
                new = [each for each in home.connection.remote_candidates if each.type == "prflx"]
                assert len(new) <= MAX_SOURCES

    run(story())


class _StunServer(asyncio.DatagramProtocol):
    """Answers with an address that a NAT might have given, once a liar has answered."""

    def __init__(self, lie: Callable[[bytes, Any], object]) -> None:
        self._lie = lie

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        request = stun.parse_message(data)
        for say, mapped in (
            (self._lie, ("198.51.100.66", 666)),
            (self._transport.sendto, ("198.51.100.1", 4000)),
        ):
            answer = stun.Message(
                request.message_method, stun.Class.RESPONSE, request.transaction_id
            )
            answer.attributes["XOR-MAPPED-ADDRESS"] = mapped
            say(bytes(answer), addr)


def test_a_stun_server_is_believed_and_nobody_in_its_stead(run: Run) -> None:
    async def story() -> None:
        async with world() as home:
            address = address_of(home)[0]
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as liar:
            loop = asyncio.get_running_loop()
            server, _ = await loop.create_datagram_endpoint(
                lambda: _StunServer(liar.sendto), local_addr=(address, 0)
            )
            port = server.get_extra_info("sockname")[1]
            async with world() as home:
                found = home.ask(options(Server([f"stun:{address}:{port}"])))
                await until(lambda: None in home.told)
                assert [each.host for each in found.candidates] == ["198.51.100.1"]
                assert home.dropped[Drop.SOURCE] == 1
            server.close()

    run(story())


@asynccontextmanager
async def relayed(transport: str) -> AsyncIterator[tuple[World, TurnServer]]:
    """A connection that has a relay's address alone."""
    async with world() as home:
        address = address_of(home)[0]
    async with turn_server(address, transport) as server:
        url = f"turn:{address}:{server.port}?transport={transport}"
        async with world(host=False) as home:
            home.ask(options(Server([url], USERNAME, PASSWORD)))
            await until(lambda: None in home.told)
            yield home, server


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_a_call_by_a_relay(run: Run, transport: str, caplog: pytest.LogCaptureFixture) -> None:
    """The relay is believed, and what it relays is judged as if it had come by itself."""

    async def story() -> None:
        async with relayed(transport) as (home, server):
            malformed = bytes.fromhex("010300042112a442" + "78" * 12 + "000c0000")
            server.say(malformed)
            await home.connect()
            assert server.relay
            relay = server.relay.get_extra_info("sockname")
            theirs: Any = home.theirs.getTransceivers()[0].receiver.transport.transport
            pair = theirs._connection._nominated[1]
            assert pair.remote_addr == relay[:2]
            home.dropped.clear()
            bad = [b"", b"\x05" * 20, malformed, b"\x80" * 1600]
            own = pair.protocol.transport.get_extra_info("socket")
            with socket.socket(fileno=os.dup(own.fileno())) as phone:
                for data in bad:
                    phone.sendto(data, relay)
            server.say(malformed)
            await until(lambda: home.dropped.total() >= len(bad) + 1)
            assert home.ours.connection_state == "connected"

    with caplog.at_level(logging.WARNING):
        run(story())
    assert caplog.records == []


def test_what_waits_to_be_read_is_bounded_in_bytes(run: Run) -> None:
    async def story() -> None:
        async with world() as home:
            for size in [1500, 1] * 4000:
                home.connection.data_received(bytes(size), 1)
            received = home.connection._received
            waiting = [received.get_nowait() or b"" for _ in range(received.qsize())]
            assert MAX_QUEUED_BYTES / 2 < sum(map(len, waiting)) <= MAX_QUEUED_BYTES
            assert waiting[-1] == b"\0", "the newest"
            home.connection.data_received(DTLS, 1)
            assert received.get_nowait() == DTLS

    run(story())
