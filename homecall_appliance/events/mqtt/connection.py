"""One connection to a broker of MQTT."""

import asyncio
import contextlib
import math
import ssl
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from typing import assert_never

from homecall_appliance.events.mqtt import packets
from homecall_appliance.events.mqtt.packets import (
    ConnAck,
    Malformed,
    Message,
    Packet,
    PingResp,
    SubAck,
)
from homecall_appliance.network.host_lookup import HostLookup

LONGEST = 4096
"""Bytes of a packet that are read. What a button sends has a hundred; one that is longer than this
is passed over piece by piece, and never in memory as a whole."""

GOODBYE = 0.3
"""Seconds for the last packets: the daemon itself stops in a second."""

_REFUSALS = {
    1: "it does not speak MQTT 3.1.1",
    2: "it does not take the appliance's client id",
    3: "it is not available",
    4: "it does not take mqtt.username and mqtt.password",
    5: "it does not let the appliance in; look at mqtt.username and mqtt.password",
}
"""The reasons of CONNACK (section 3.2.2.3)."""


class BrokerError(Exception):
    """A connection is lost, or has not come about; `str()` is why, as a clause."""


class ConnectionLost(BrokerError):
    """The other side has closed the connection."""


@dataclass(frozen=True)
class Timeouts:
    """How long a broker is waited for, in seconds."""

    answer: float = 10.0
    """For a connection to come about, with the broker's answer, and for a packet to be sent."""

    address: float = 4.0
    """For each of a host's addresses: the next is tried where one leads nowhere."""

    keep_alive: float = 20.0
    """After that long the broker is asked whether it is still there."""

    @property
    def silence(self) -> float:
        """After that long without a whole packet each side takes the other for lost (section
        3.1.2.10)."""
        return 1.5 * self.keep_alive


@dataclass(frozen=True)
class Access:
    """Where a broker is, and what it has to be told."""

    host: str
    port: int
    client_id: str
    username: str = ""
    password: str = field(default="", repr=False)
    tls: bool = False
    ca_certificate: str = ""
    """The path of a PEM file by which alone the broker is trusted; empty: the system's roots."""

    timeouts: Timeouts = Timeouts()


class Connection:
    """A connection that the broker has accepted. Each method raises BrokerError."""

    def __init__(self, reader: StreamReader, writer: StreamWriter, timeouts: Timeouts) -> None:
        self._reader = reader
        self._writer = writer
        self._timeouts = timeouts

    async def publish(self, message: Message) -> None:
        """Send a message."""
        await self.send(packets.publish(message))

    async def subscribe(self, topics: Sequence[str]) -> None:
        """Ask for the messages of topics."""
        await self.send(packets.subscribe(topics))

    async def keep_alive(self) -> None:
        """Ask again and again whether the broker is there, until cancelled."""
        while True:
            await asyncio.sleep(self._timeouts.keep_alive)
            await self.send(packets.PINGREQ)

    async def send(self, packet: bytes) -> None:
        """Send a packet."""
        with _failures():
            async with asyncio.timeout(self._timeouts.answer):
                self._writer.write(packet)
                await self._writer.drain()

    async def receive(self) -> Packet:
        """Wait for the next packet of at most LONGEST bytes."""
        with _failures():
            async with asyncio.timeout(self._timeouts.silence):
                first, size = await self._header()
                while size > LONGEST:
                    await self._pass_over(size)
                    first, size = await self._header()
                return packets.parse(first, await self._reader.readexactly(size))

    async def _header(self) -> tuple[int, int]:
        (first,) = await self._reader.readexactly(1)
        length = b""
        while (size := packets.remaining_length(length)) is None:
            length += await self._reader.readexactly(1)
        return first, size

    async def _pass_over(self, size: int) -> None:
        while size:
            size -= len(await self._reader.readexactly(min(size, LONGEST)))


@contextlib.asynccontextmanager
async def connected(access: Access, lookup: HostLookup, will: Message) -> AsyncIterator[Connection]:
    """Connect to a broker, and leave it in the end; raises BrokerError.

    `will` is what it says of the appliance as soon as the connection is lost.
    """
    with _hint():
        async with asyncio.timeout(access.timeouts.answer):
            reader, writer = await _open(access, lookup)
    try:
        connection = Connection(reader, writer, access.timeouts)
        with _hint():
            async with asyncio.timeout(access.timeouts.answer):
                await _introduce(connection, access, will)
        try:
            yield connection
        except asyncio.CancelledError:
            await _say_goodbye(writer, will)
            raise
    finally:
        writer.transport.abort()


async def _open(access: Access, lookup: HostLookup) -> tuple[StreamReader, StreamWriter]:
    context = await asyncio.to_thread(_context, access) if access.tls else None
    name = access.host if context else None
    failure = OSError(f"{access.host} has no address")
    for _, address in await lookup.addresses(access.host):
        try:
            async with asyncio.timeout(access.timeouts.address):
                return await asyncio.open_connection(
                    address, access.port, ssl=context, server_hostname=name
                )
        except OSError as error:  # TimeoutError is one
            failure = error
    raise failure


def _context(access: Access) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=access.ca_certificate or None)
    except OSError as error:  # ssl.SSLError is one
        raise BrokerError(
            f"the file {access.ca_certificate} cannot be used ({error.strerror or error}); "
            "mqtt.ca_certificate must be a PEM file that the service may read"
        ) from error


async def _introduce(connection: Connection, access: Access, will: Message) -> None:
    keep_alive = math.ceil(access.timeouts.keep_alive)
    await connection.send(
        packets.connect(access.client_id, keep_alive, access.username, access.password, will)
    )
    packet = await connection.receive()
    match packet:
        case ConnAck(0):
            return
        case ConnAck(code):
            raise BrokerError(_REFUSALS.get(code, f"it refuses with the code {code}"))
        case Message() | SubAck() | PingResp():
            raise Malformed
        case _:
            assert_never(packet)


async def _say_goodbye(writer: StreamWriter, will: Message) -> None:
    """Say what the broker would say of a lost connection: after DISCONNECT it says nothing (section
    3.14.4)."""
    with contextlib.suppress(OSError):  # TimeoutError is one
        async with asyncio.timeout(GOODBYE):
            writer.write(packets.publish(will) + packets.DISCONNECT)
            writer.close()
            await writer.wait_closed()


@contextlib.contextmanager
def _failures() -> Iterator[None]:
    """Raise what goes wrong on a connection as BrokerError."""
    try:
        yield
    except Malformed:
        raise BrokerError("it does not keep to MQTT 3.1.1; look at mqtt.port") from None
    except TimeoutError:
        raise BrokerError("it does not answer") from None
    except ssl.SSLCertVerificationError as error:
        raise BrokerError(
            f"its certificate is not trusted ({error.verify_message}); look at mqtt.host and "
            "mqtt.ca_certificate"
        ) from None
    except ssl.SSLError as error:
        raise BrokerError(f"TLS fails ({error.reason}); look at mqtt.tls and mqtt.port") from None
    except (asyncio.IncompleteReadError, ConnectionResetError, BrokenPipeError):
        raise ConnectionLost("it has closed the connection") from None
    except OSError as error:
        raise BrokerError(error.strerror or str(error)) from None


@contextlib.contextmanager
def _hint() -> Iterator[None]:
    """Tell what it may be that a broker closes a connection before it has accepted it."""
    try:
        with _failures():
            yield
    except ConnectionLost as error:
        raise BrokerError(f"{error}; look at mqtt.port and mqtt.tls") from None
