"""Brokers that hang, refuse, vanish, or send what they like."""

import asyncio
import socket
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import pairwise

import pytest

from homecall_appliance.events.event import Kind
from homecall_appliance.events.mqtt import packets
from homecall_appliance.events.mqtt.client import MqttClient
from homecall_appliance.events.mqtt.connection import Access, Timeouts
from homecall_appliance.events.mqtt.packets import Message
from homecall_appliance.events.mqtt.topics import Button
from homecall_appliance.events.outbox import ROOM
from homecall_appliance.network.host_lookup import Addresses, HostLookup
from tests.events.mqtt_world import BASE, MARK, QUICK, House, client, topics
from tests.events.told import event

Talk = Callable[[StreamReader, StreamWriter], Awaitable[None]]

WELCOME = b"\x20\x02\x00\x00"
PRESS = packets.publish(Message(f"{BASE}/command/answer", b"PRESS"))
HASTY = Timeouts(answer=0.2, address=0.1, keep_alive=0.1)


class Broker:
    """One that does what it is told with each connection, after it has read CONNECT."""

    def __init__(self, talk: Talk) -> None:
        self._talk = talk
        self.connections = 0
        self.port = 0

    async def serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        self.connections += 1
        try:
            await reader.readexactly(2)
            await self._talk(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.transport.abort()

    async def connected(self, times: int) -> None:
        while self.connections < times:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


@asynccontextmanager
async def broker(talk: Talk) -> AsyncIterator[Broker]:
    made = Broker(talk)
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()


def hasty(port: int) -> Access:
    return Access("127.0.0.1", port, MARK, timeouts=HASTY)


def says(data: bytes) -> Talk:
    """Say this, and wait for what is said then."""

    async def talk(reader: StreamReader, writer: StreamWriter) -> None:
        writer.write(data)
        await writer.drain()
        while await reader.read(65536):
            pass

    return talk


async def says_nothing(reader: StreamReader, _: StreamWriter) -> None:
    while await reader.read(65536):
        pass


async def hangs_up(_: StreamReader, __: StreamWriter) -> None:
    pass


async def vanishes(_: StreamReader, writer: StreamWriter) -> None:
    writer.write(WELCOME)
    await writer.drain()
    await asyncio.sleep(0.05)


async def reads_nothing_more(_: StreamReader, writer: StreamWriter) -> None:
    writer.write(WELCOME)
    await asyncio.sleep(1000)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("talk", "reason"),
    [
        (says_nothing, "it does not answer"),
        (hangs_up, "it has closed the connection; look at mqtt.port and mqtt.tls"),
        (vanishes, "it has closed the connection"),
        (says(WELCOME), "it does not answer"),
        (reads_nothing_more, "it does not answer"),
        (says(b"\x20\x02\x00\x01"), "it does not speak MQTT 3.1.1"),
        (says(b"\x20\x02\x00\x03"), "it is not available"),
        (says(b"\x20\x02\x00\x04"), "it does not take mqtt.username and mqtt.password"),
        (says(b"\x20\x02\x00\x63"), "it refuses with the code 99"),
        (says(b"HTTP/1.1 400 Bad Request\r\n\r\n"), "it does not answer"),
        (says(b"220 mail.example ESMTP\r\n"), "it does not answer"),
        (says(PRESS), "it does not keep to MQTT 3.1.1; look at mqtt.port"),
        (says(b"\x20\xff\xff\xff\xff\xff"), "it does not keep to MQTT 3.1.1; look at mqtt.port"),
        (says(WELCOME + WELCOME), "it does not keep to MQTT 3.1.1"),
        (says(WELCOME + b"\xff" * 1000), "it does not keep to MQTT 3.1.1; look at mqtt.port"),
        (says(WELCOME + b"\x00\x00" * 1000), "it does not keep to MQTT 3.1.1; look at mqtt.port"),
    ],
)
async def test_it_is_tried_again_and_told_once(
    talk: Talk, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with broker(talk) as there:
        await is_tried_again(there, reason, caplog)


async def is_tried_again(there: Broker, reason: str, caplog: pytest.LogCaptureFixture) -> None:
    # Who is to be found silent is not waited for; who speaks has the time that he needs.
    silent = reason == "it does not answer"
    access = hasty(there.port) if silent else Access("127.0.0.1", there.port, MARK)
    async with client(access=access) as made:
        await there.connected(3)
        for call in range(2 * ROOM):
            made.tell(event(Kind.RINGING, call))
        assert made.lost >= ROOM - 2
        await there.connected(5)
    assert caplog.messages == [
        f"No connection to the broker 127.0.0.1: {reason}. It is tried again."
    ]


async def test_an_event_that_could_not_be_sent_is_counted() -> None:
    """All buffers on its way to a broker that does not read are full."""
    async with (
        broker(reads_nothing_more) as there,
        client(access=hasty(there.port), prefix="x" * 60_000) as made,
    ):
        counted = [made.lost]
        while not counted[-1]:
            made.tell(event(Kind.OPENED))
            await asyncio.sleep(0.001)
            counted.append(made.lost)
        await there.connected(there.connections + 1)
        counted.append(made.lost)
        assert counted == sorted(counted), "a counter only grows"


async def test_nobody_is_asked_faster_and_faster() -> None:
    """The pauses grow, also with a broker that lets one in each time."""
    times: list[float] = []

    async def talk(_: StreamReader, writer: StreamWriter) -> None:
        times.append(asyncio.get_running_loop().time())
        writer.write(WELCOME)
        await writer.drain()

    pauses = replace(QUICK, first=0.1, longest=0.4)
    async with broker(talk) as there, client(there.port, pauses=pauses):
        while len(times) < 5:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    gaps = [after - before for before, after in pairwise(times)]
    early = 0.002  # uvloop counts whole milliseconds
    assert all(
        gap >= least - early for gap, least in zip(gaps[:4], (0.1, 0.2, 0.4, 0.4), strict=True)
    ), gaps


async def test_a_connection_that_has_lasted_is_a_good_one(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The next one that is lost is told again."""
    caplog.set_level("INFO")
    lasting = asyncio.Event()

    async def talk(_: StreamReader, writer: StreamWriter) -> None:
        writer.write(WELCOME)
        await writer.drain()
        if there.connections % 2 == 0:
            await lasting.wait()

    async with broker(talk) as there, client(there.port, pauses=replace(QUICK, settled=0.0)):
        await there.connected(2)
        while len(caplog.messages) < 2:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        lasting.set()
        await there.connected(3)
        while len(caplog.messages) < 3:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    lost = "No connection to the broker 127.0.0.1: it has closed the connection. It is tried again."
    works = "The broker of mqtt.host is connected; events lost so far: 0."
    assert caplog.messages[:3] == [lost, works, lost]


async def test_buttons_that_may_not_be_read_are_told(caplog: pytest.LogCaptureFixture) -> None:
    refusal = b"\x90\x03\x00\x01\x80"
    async with (
        broker(says(WELCOME + refusal)) as there,
        client(there.port, buttons=[Button.ANSWER]),
    ):
        while not caplog.messages:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert caplog.messages == ["The broker does not let the appliance read its buttons' topics."]


async def test_what_is_too_long_is_passed_over() -> None:
    """However long it is, the press behind it counts."""
    house, size = House(), 5_000_000
    topic = f"{BASE}/command/open".encode()
    long = packets.publish(Message(topic.decode(), b"PRESS" * (size // 5)))

    async with broker(says(WELCOME + long + PRESS)) as there:
        async with client(there.port, house=house, buttons=[*Button]):
            await house.until("answer")
        assert there.connections == 1


async def test_one_that_never_stops_talking_is_not_in_the_way() -> None:
    """Events are told meanwhile, and the event loop goes on."""
    heard = asyncio.Event()

    async def talk(reader: StreamReader, writer: StreamWriter) -> None:
        async def listen() -> None:
            said = b""
            while b"doorbell" not in said.partition(b'"online"')[2] and b'"ring"' not in said:
                said = (said + await reader.read(65536))[-4096:]
            heard.set()

        listening = asyncio.create_task(listen())
        writer.write(WELCOME)
        while not heard.is_set():
            writer.write(b"\xd0\x00" * 10_000)
            await writer.drain()
        await listening

    async with broker(talk) as there, client(there.port, discovery="") as made:
        made.tell(event(Kind.RINGING))
        await heard.wait()


async def test_a_name_that_nobody_answers_for(caplog: pytest.LogCaptureFixture) -> None:
    def ask(_: str) -> Addresses:
        raise OSError("Name or service not known")

    async with client(access=Access("ha.home", 1883, MARK), lookup=HostLookup(ask)):
        while not caplog.messages:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert caplog.messages == [
        "No connection to the broker ha.home: Name or service not known. It is tried again."
    ]


async def test_the_next_address_is_tried() -> None:

    def ask(_: str) -> Addresses:
        return [(socket.AF_INET, "127.0.0.9"), (socket.AF_INET, "127.0.0.1")]

    async with broker(says(WELCOME)) as there:
        access = replace(hasty(there.port), host="two.home")
        async with client(access=access, lookup=HostLookup(ask)):
            await there.connected(1)


@pytest.mark.parametrize("talk", [says_nothing, says(WELCOME), reads_nothing_more])
async def test_it_ends_with_the_daemon(talk: Talk) -> None:
    """The client waits for nothing then; see `client`."""
    async with broker(talk) as there, client(there.port):
        await there.connected(1)
        await asyncio.sleep(0.1)


@pytest.mark.parametrize("turns", range(8))
async def test_it_ends_with_the_daemon_while_a_connection_breaks(turns: int) -> None:
    """The event loop's turns around the moment in which the client learns of it, one by one."""

    class Ending(House):
        def answer(self) -> int:
            pressed.set()
            return 1

    pressed = asyncio.Event()
    async with broker(says(WELCOME + PRESS + b"\xff" * 1000)) as there:
        access = Access("127.0.0.1", there.port, MARK)
        running = asyncio.create_task(
            MqttClient(access, topics([Button.ANSWER]), Ending(), QUICK).run()
        )
        await pressed.wait()
        for _ in range(turns):
            await asyncio.sleep(0)
        running.cancel()
        await asyncio.wait([running], timeout=10)
        assert running.cancelled()
