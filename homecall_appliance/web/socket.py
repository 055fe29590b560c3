"""The WebSocket endpoint: one socket is one channel of the hub (protocol.md, sections 1 and 2)."""

import asyncio
from collections import deque
from collections.abc import Collection
from contextlib import suppress

from aiohttp import WSCloseCode, WSMsgType, web

from homecall_appliance.signaling import messages
from homecall_appliance.signaling.hub import Hub
from homecall_appliance.signaling.messages import Code, Error, Language, Message, Refused
from homecall_appliance.signaling.session import CloseCode, Letter
from homecall_appliance.web.language import preferred_language

PING_INTERVAL = 20.0
"""Seconds between the pings of the server."""

MISSED_PONGS = 2
"""Pings without an answer after which a socket counts as lost."""

CLOSE_TIMEOUT = 5.0
"""Seconds that a client may take to answer a close frame."""

_NO_STATUS = 0
"""What aiohttp reports for a close frame without a code (RFC 6455: 1005)."""

_DELIBERATE = {WSCloseCode.OK, 1005, _NO_STATUS}


class SocketChannel:
    """The hub's end of a socket. What is sent is written by `write`, in order."""

    def __init__(
        self, socket: web.WebSocketResponse, language: Language, limit: int, abort: asyncio.Event
    ) -> None:
        """`limit` is the bytes that may wait for a slow reader; past it `abort` is set."""
        self.closing: CloseCode | None = None
        self._socket = socket
        self._language = language
        self._limit = limit
        self._abort = abort
        self._outbox: deque[tuple[Message, int]] = deque()
        self._waiting = 0
        self._wake = asyncio.Event()

    def send(self, message: Message, size: int) -> None:
        """Queue a message for the socket; a reader that is too slow is cut off."""
        if self.closing is not None:
            return
        self._outbox.append((message, size))
        self._waiting += size
        if self._waiting > self._limit:
            self._abort.set()
        self._wake.set()

    def close(self, code: CloseCode) -> None:
        """Close the socket after what was sent before."""
        if self.closing is None:
            self.closing = code
            self._wake.set()

    def peer_attached(self, returned: bool) -> None:
        """Nothing: on the wire presence is the offer."""

    def undelivered(self) -> list[Letter]:
        """Return what has not been written, for the participant's return."""
        return [(m, size) for m, size in self._outbox if not isinstance(m, Error)]

    async def write(self) -> None:
        """Write what is sent, until the channel is closed or the socket is gone."""
        while True:
            while self._outbox:
                message, size = self._outbox[0]
                try:
                    await self._socket.send_str(messages.dump(message, self._language))
                except ConnectionError:
                    return
                self._outbox.popleft()
                self._waiting -= size
            if self.closing is not None:
                await self._socket.close(code=self.closing)
                return
            self._wake.clear()
            await self._wake.wait()


class SignalEndpoint:
    """`wss://<host>/signal`."""

    def __init__(
        self, hub: Hub, *, allowed_origins: Collection[str], message_bytes: int, queue_bytes: int
    ) -> None:
        self._hub = hub
        self._allowed_origins = frozenset(origin.lower().rstrip("/") for origin in allowed_origins)
        self._message_bytes = message_bytes
        self._queue_bytes = queue_bytes

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Serve one socket until it is closed or lost."""
        if not self._origin_allowed(request):
            return web.json_response({"code": "origin_refused"}, status=403)
        socket = web.WebSocketResponse(
            autoping=False,
            timeout=CLOSE_TIMEOUT,
            max_msg_size=self._message_bytes + 1,
            compress=False,
        )
        if not socket.can_prepare(request):
            return web.json_response(
                {"code": "upgrade_required"}, status=426, headers={"Upgrade": "websocket"}
            )
        await socket.prepare(request)
        abort = asyncio.Event()
        language = preferred_language(request.headers.get("Accept-Language", ""))
        channel = SocketChannel(socket, language, self._queue_bytes, abort)
        self._attach_by_handshake(channel, request)
        pongs = _Pongs()
        async with asyncio.TaskGroup() as group:
            helpers = [
                group.create_task(channel.write()),
                group.create_task(_keep_alive(socket, channel, pongs, abort)),
                group.create_task(_cut_off(request, abort)),
            ]
            try:
                await self._read(socket, channel, pongs)
            finally:
                self._detach(socket, channel)
                for helper in helpers:
                    helper.cancel()
        return socket

    def _origin_allowed(self, request: web.Request) -> bool:
        """Browsers name the page's origin (RFC 6455, section 10.2); native programs name none."""
        origin = request.headers.get("Origin")
        if origin is None:
            return True
        origin = origin.lower()
        return origin == f"https://{request.host.lower()}" or origin in self._allowed_origins

    def _attach_by_handshake(self, channel: SocketChannel, request: web.Request) -> None:
        wanted = request.query.get("sessionId", request.query.get("session"))
        if wanted is None:
            return
        session_id = None
        try:
            session_id = messages.session_id_of(wanted)
            label = messages.label_of(request.query.get("from"))
            self._hub.attach(channel, session_id, label)
        except Refused as refused:
            self._hub.refuse(channel, session_id, refused.code)
            channel.close(CloseCode.POLICY)

    async def _read(
        self, socket: web.WebSocketResponse, channel: SocketChannel, pongs: "_Pongs"
    ) -> None:
        async for frame in socket:
            if frame.type is WSMsgType.PING:
                await socket.pong(frame.data)
            elif frame.type is WSMsgType.PONG:
                pongs.missed = 0
            elif channel.closing is not None:
                continue
            elif frame.type is WSMsgType.TEXT:
                self._hub.receive_text(channel, frame.data)
            elif frame.type is WSMsgType.BINARY:
                self._hub.refuse(channel, self._hub.session_of(channel), Code.BAD_MESSAGE)

    def _detach(self, socket: web.WebSocketResponse, channel: SocketChannel) -> None:
        if socket.close_code in _DELIBERATE:
            self._hub.leave(channel)
        else:
            self._hub.lose(channel, channel.undelivered())


class _Pongs:
    """Pings that were not answered yet."""

    missed = 0


async def _keep_alive(
    socket: web.WebSocketResponse, channel: SocketChannel, pongs: _Pongs, abort: asyncio.Event
) -> None:
    with suppress(ConnectionError):
        while True:
            await asyncio.sleep(PING_INTERVAL)
            if channel.closing is not None:
                return  # no frame may follow the close frame (RFC 6455, section 5.5.1)
            if pongs.missed >= MISSED_PONGS:
                break
            pongs.missed += 1
            await socket.ping()
    abort.set()


async def _cut_off(request: web.Request, abort: asyncio.Event) -> None:
    """End a dead or too slow connection at once; what is buffered for it is thrown away."""
    await abort.wait()
    if request.transport is not None:
        request.transport.abort()
