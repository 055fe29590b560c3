"""A TURN server for one client, as small as a test needs it (RFC 8656)."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from aioice.stun import Class, Message, Method, parse_message

USERNAME, PASSWORD, REALM = "visitor", "secret", "home"

_KEY = hashlib.md5(f"{USERNAME}:{REALM}:{PASSWORD}".encode()).digest()  # noqa: S324


class TurnServer:
    """Its state: a relayed address, and channels to peers."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.port = 0
        self.relay: asyncio.DatagramTransport | None = None
        self.say: Callable[[bytes], None] = lambda data: None
        """Sends to the client."""
        self.hang_up: Callable[[], None] = lambda: None
        """Closes the client's connection, where it has one."""
        self.answers = True
        self.over = False
        """Whether it is being closed: what a task opens after that is closed at once."""
        self.deleted = 0
        """How many allocations were given back."""
        self._relays: list[asyncio.DatagramTransport] = []
        self._channels: dict[int, Any] = {}

    async def take(self, data: bytes) -> None:
        """Take a message of the client."""
        if data[0] & 0xC0 == 0x40:
            channel, size = int.from_bytes(data[:2]), int.from_bytes(data[2:4])
            assert self.relay
            self.relay.sendto(data[4 : 4 + size], self._channels[channel])
            return
        if not self.answers:
            return
        request = parse_message(data)
        answer = Message(request.message_method, Class.RESPONSE, request.transaction_id)
        if "USERNAME" not in request.attributes:
            answer.message_class = Class.ERROR
            answer.attributes["ERROR-CODE"] = (401, "Unauthorized")
            answer.attributes |= {"NONCE": b"once", "REALM": REALM}
            self.say(bytes(answer))
            return
        match request.message_method:
            case Method.ALLOCATE:
                loop = asyncio.get_running_loop()
                self.relay, _ = await loop.create_datagram_endpoint(
                    lambda: _Relay(self), local_addr=(self.address, 0)
                )
                self._relays.append(self.relay)
                if self.over:
                    self.relay.close()
                relayed = self.relay.get_extra_info("sockname")[:2]
                answer.attributes |= {
                    "LIFETIME": 600,
                    "XOR-MAPPED-ADDRESS": (self.address, 1),
                    "XOR-RELAYED-ADDRESS": relayed,
                }
            case Method.REFRESH if request.attributes["LIFETIME"] == 0:
                self.deleted += 1
                self.forget()
            case Method.CHANNEL_BIND:
                number = request.attributes["CHANNEL-NUMBER"]
                self._channels[number] = request.attributes["XOR-PEER-ADDRESS"]
        answer.add_message_integrity(_KEY)
        self.say(bytes(answer))

    def forget(self) -> None:
        """Close the relayed addresses."""
        for relay in self._relays:
            relay.close()

    def relayed(self, data: bytes, peer: Any) -> None:
        """Hand on what a peer has sent, if the client has a channel to it."""
        for number, address in self._channels.items():
            if address == peer[:2]:
                head = number.to_bytes(2) + len(data).to_bytes(2)
                self.say(head + data + bytes(-len(data) % 4))


class _Relay(asyncio.DatagramProtocol):
    def __init__(self, server: TurnServer) -> None:
        self._server = server

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self._server.relayed(data, addr)


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, server: TurnServer, tasks: asyncio.TaskGroup) -> None:
        self._server, self._tasks = server, tasks

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self._server.say = lambda answer: self._transport.sendto(answer, addr)
        self._tasks.create_task(self._server.take(data))


async def _read(reader: asyncio.StreamReader, server: TurnServer) -> None:
    while True:
        head = await reader.readexactly(4)
        size = int.from_bytes(head[2:])
        rest = size + -size % 4 if head[0] & 0xC0 == 0x40 else 16 + size
        await server.take(head + await reader.readexactly(rest))


@asynccontextmanager
async def turn_server(address: str, transport: str, port: int = 0) -> AsyncIterator[TurnServer]:
    """Serve at `address` over "udp" or "tcp"; port 0 is any."""
    server = TurnServer(address)
    loop = asyncio.get_running_loop()
    listening: Any
    async with asyncio.TaskGroup() as tasks:
        if transport == "udp":
            listening, _ = await loop.create_datagram_endpoint(
                lambda: _Datagrams(server, tasks), local_addr=(address, port)
            )
            server.port = listening.get_extra_info("sockname")[1]
        else:

            async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                server.say, server.hang_up = writer.write, writer.transport.abort
                try:
                    await _read(reader, server)
                except (EOFError, ConnectionError):
                    writer.close()

            listening = await asyncio.start_server(serve, address, port)
            server.port = listening.sockets[0].getsockname()[1]
        try:
            yield server
        finally:
            server.over = True
            listening.close()
            server.forget()
