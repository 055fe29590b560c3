"""A phone that need not be honest: signaling over wss, and media by aiortc.

The innocent one of a recipe is the same phone that does what it should.
"""

import asyncio
import os
import socket
import ssl
import struct
import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from random import Random
from typing import Any

from aiohttp import ClientSession, ClientTimeout, ClientWebSocketResponse, TCPConnector, WSMsgType
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.contrib.media import MediaBlackhole
from aiortc.mediastreams import AudioStreamTrack
from aiortc.rtp import RtpPacket

from tests.security.target import Target

INNOCENT, STRANGER = "127.0.0.7", "127.0.0.66"
"""Where they come from."""

ANSWER = 10.0
"""Seconds that the daemon may take for whatever it owes a phone."""


def no_trust() -> ssl.SSLContext:
    """TLS that believes every certificate: a stranger does not care."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


class Phone:
    """One phone in one session."""

    def __init__(
        self,
        session_id: str,
        ws: ClientWebSocketResponse,
        sound: MediaStreamTrack | None,
        picture: MediaStreamTrack | None,
    ) -> None:
        self.session_id = session_id
        self.frames: list[float] = []
        """When each picture of the appliance began to arrive, in monotonic seconds."""

        self.connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._ws = ws
        self._sound = sound
        self._picture = picture
        self._sink = MediaBlackhole()
        self._last: int | None = None
        self.connection.add_listener("track", self._sink.addTrack)

    @classmethod
    @asynccontextmanager
    async def attached(
        cls,
        target: Target,
        session_id: str | None = None,
        label: str | None = None,
        source: str = STRANGER,
        *,
        sound: MediaStreamTrack | None = None,
        picture: MediaStreamTrack | None = None,
    ) -> AsyncIterator["Phone"]:
        """A phone that has opened a link: the one of the moment, if none is given.

        `sound` (silence by default) and `picture` are what it sends in a call.
        """
        session_id = session_id or await target.link()
        connector = TCPConnector(local_addr=(source, 0), ssl=no_trust(), force_close=True)
        query = f"sessionId={session_id}" + (f"&from={label}" if label else "")
        async with (
            ClientSession(connector=connector, timeout=ClientTimeout(total=ANSWER)) as client,
            client.ws_connect(f"https://{target.host}:{target.port}/signal?{query}") as ws,
        ):
            phone = cls(session_id, ws, sound, picture)
            try:
                yield phone
            finally:
                await phone._sink.stop()
                await phone.connection.close()

    async def message(self, within: float = ANSWER) -> dict[str, Any]:
        """Return the next message; {"close": code} where there is none any more, {} too late."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within):
                frame = await self._ws.receive()
                if frame.type is WSMsgType.TEXT:
                    message: dict[str, Any] = frame.json()
                    return message
                return {"close": self._ws.close_code}
        return {}

    async def told(self, within: float = ANSWER) -> str:
        """Return what the next message is: a type, an error's code, or "nothing"."""
        message = await self.message(within)
        if "close" in message:
            return f"close {message['close']}"
        return str(message.get("code") or message.get("type") or "nothing")

    async def listen(self) -> None:
        """Read until the socket closes: one that nobody reads answers no ping."""
        while "close" not in await self.message():
            pass

    async def offer(self) -> str:
        """Return the SDP of the next offer; raises AssertionError with what came instead."""
        message = await self.message()
        assert message.get("type") == "offer", message
        return str(message["sdp"])

    async def say(self, kind: str, **fields: object) -> None:
        """Send a message."""
        await self._ws.send_json({"type": kind, "sessionId": self.session_id, **fields})

    async def answer(self, edit: Callable[[str], str] = str, *, silent: bool = False) -> None:
        """Wait for the offer, and answer it with what `edit` makes of aiortc's own answer.

        A `silent` phone never sends a packet of media, nor a check of connectivity.
        """
        offer = await self.offer()
        self.connection.addTrack(self._sound or AudioStreamTrack())
        if self._picture:
            self.connection.addTrack(self._picture)
        await self.connection.setRemoteDescription(RTCSessionDescription(offer, "offer"))
        await self.connection.setLocalDescription(await self.connection.createAnswer())
        for receiver in self.connection.getReceivers():
            if receiver.track.kind == "video":
                self._tap(receiver)
        await self._sink.start()
        if silent:
            await self.connection.close()
        await self.say("answer", sdp=edit(self.connection.localDescription.sdp))

    async def hang_up(self) -> None:
        """End the call, unless the daemon has."""
        with suppress(ConnectionError):
            await self.say("hangup")

    async def call(self, edit: Callable[[str], str] = str, within: float = 15.0) -> bool:
        """Answer, and wait for pictures; returns whether there were any."""
        await self.answer(edit)
        return await self.sees(within)

    async def sees(self, within: float, frames: int = 5) -> bool:
        """Whether so many pictures more come in time."""
        wanted = len(self.frames) + frames
        end = time.monotonic() + within
        while len(self.frames) < wanted and time.monotonic() < end:  # noqa: ASYNC110 - no event
            await asyncio.sleep(LOOK)
        return len(self.frames) >= wanted

    async def rate(self, seconds: float) -> float:
        """Return how many pictures a second come for a while."""
        before = len(self.frames)
        await asyncio.sleep(seconds)
        return (len(self.frames) - before) / seconds

    @property
    def socket_address(self) -> tuple[str, int]:
        """Where its media come from."""
        transport: Any = self.connection.getSenders()[0].transport.transport
        candidate = transport._connection._nominated[1].local_candidate
        return str(candidate.host), int(candidate.port)

    def lose(self) -> None:
        """Lose the socket of signaling without a word (1006)."""
        own = self._ws.get_extra_info("socket")
        if own is not None:  # the daemon has not closed it
            with socket.socket(fileno=os.dup(own.fileno())) as copy, suppress(OSError):
                copy.shutdown(socket.SHUT_RDWR)

    def _tap(self, receiver: Any) -> None:
        handle = receiver._handle_rtp_packet

        async def note(packet: RtpPacket, arrival_time_ms: int) -> None:
            if packet.timestamp != self._last:
                self._last = packet.timestamp
                self.frames.append(time.monotonic())
            await handle(packet, arrival_time_ms)

        receiver._handle_rtp_packet = note
        # What else goes on in this process must not look like a poor network to the daemon.
        receiver._RTCRtpReceiver__remote_bitrate_estimator = None


LOOK = 0.05
"""Seconds between two looks at what has come."""


class Wire:
    """A connection to a port of the daemon on which anything can be said."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    @asynccontextmanager
    async def opened(
        cls, target: Target, source: str = STRANGER, tls: bool = True
    ) -> AsyncIterator["Wire"]:
        """A connection to the HTTPS port, with a TLS handshake or without; raises OSError."""
        reader, writer = await asyncio.open_connection(
            target.host,
            target.port,
            local_addr=(source, 0),
            ssl=no_trust() if tls else None,
        )
        try:
            yield cls(reader, writer)
        finally:
            writer.transport.abort()

    async def request(self, lines: Sequence[str], body: bytes = b"") -> None:
        """Send a request; its last headers and its body follow."""
        self.writer.write("\r\n".join([*lines, "", ""]).encode() + body)
        await self.writer.drain()

    async def status(self, within: float = ANSWER) -> int:
        """Return the status of the next answer, whose body is skipped; 0 where there is none."""
        with suppress(TimeoutError, OSError, asyncio.IncompleteReadError, ValueError):
            async with asyncio.timeout(within):
                head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
                _, _, length = head.partition("content-length: ")
                await self.reader.readexactly(int(length.split()[0]) if length else 0)
                return int(head.split()[1])
        return 0

    async def websocket(self, session_id: str) -> int:
        """Ask for a WebSocket; returns the status of the answer."""
        await self.request(
            [
                f"GET /signal?sessionId={session_id} HTTP/1.1",
                "Host: house",
                "Upgrade: websocket",
                "Connection: Upgrade",
                "Sec-WebSocket-Version: 13",
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
            ]
        )
        return await self.status()

    async def frames(self, frames: Iterable[tuple[int, bytes]], chance: Random) -> None:
        """Send WebSocket frames as they are, opcode and payload, at once (RFC 6455, 5.2)."""
        for opcode, payload in frames:
            mask = chance.randbytes(4)
            size = len(payload)
            length = bytes([0x80 | size]) if size < 126 else b"\xfe" + struct.pack("!H", size)
            masked = bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))
            self.writer.write(bytes([0x80 | opcode]) + length + mask + masked)
        await self.writer.drain()
