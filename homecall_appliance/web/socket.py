"""The WebSocket endpoint: one socket is one channel of the hub (protocol.md, sections 1 and 2)."""

import asyncio
import logging
from functools import partial
from typing import Protocol

from aiohttp import WSCloseCode, WSMsgType, web

from homecall_appliance.faults.containment import contained, described
from homecall_appliance.signaling import messages
from homecall_appliance.signaling.hub import Hub, Source
from homecall_appliance.signaling.messages import Code, Refused
from homecall_appliance.signaling.rate_limit import Pace
from homecall_appliance.signaling.session import CloseCode
from homecall_appliance.web.acceptor import check_frames, connection_of
from homecall_appliance.web.channel import CLOSE_TIMEOUT, SocketChannel, SocketLimits
from homecall_appliance.web.guard import Guard
from homecall_appliance.web.language import preferred_language
from homecall_appliance.web.origins import Origins
from homecall_appliance.web.proxies import visitor_of

log = logging.getLogger(__name__)

COMPLAINTS_RATE = 1 / 60
"""Handshakes without their upgrade that the journal tells of, a second."""

_NO_STATUS = 0
"""What aiohttp reports for a close frame without a code (RFC 6455: 1005)."""

_FROM_CLIENT = {WSMsgType.TEXT, WSMsgType.BINARY, WSMsgType.PING, WSMsgType.PONG}

_DELIBERATE = {WSCloseCode.OK, 1005, _NO_STATUS}


class Meter(Protocol):
    """Who measures the relay."""

    def relayed(self, seconds: float) -> None:
        """Learn how long a message took from its receipt to its writing to the other socket."""
        ...


class SignalEndpoint:
    """`wss://<host>/signal`."""

    def __init__(
        self,
        hub: Hub,
        guard: Guard,
        limits: SocketLimits,
        meter: Meter,
        origins: Origins,
    ) -> None:
        self._hub = hub
        self._guard = guard
        self._limits = limits
        self._meter = meter
        self._origins = origins
        self._complaints = Pace(COMPLAINTS_RATE, 1)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Serve one socket until it is closed or lost."""
        if not self._origin_allowed(request):
            return web.json_response({"code": "origin_refused"}, status=403)
        socket = web.WebSocketResponse(
            autoping=False,
            timeout=CLOSE_TIMEOUT,
            max_msg_size=self._limits.message_bytes + 1,
            compress=False,
        )
        if not socket.can_prepare(request):
            self._tell_of_a_proxy(request)
            return web.json_response(
                {"code": "upgrade_required"}, status=426, headers={"Upgrade": "websocket"}
            )
        language = preferred_language(request.headers.get("Accept-Language", ""))
        check_frames(request, self._limits.message_bytes)
        await socket.prepare(request)
        await asyncio.sleep(0)  # until the answer is with the kernel, and Delivery can count on
        transport = request.transport
        if transport is None or transport.get_extra_info("socket") is None:  # it is lost already
            return socket
        channel = SocketChannel(socket, transport, language, self._limits)
        async with asyncio.TaskGroup() as group:
            closing = group.create_task(channel.run())
            try:
                with contained(partial(self._fail, channel), but=Refused):
                    await self._converse(request, socket, channel)
                if channel.closing is not None:
                    await closing
            except Refused as refused:
                self._hub.refuse(channel, None, refused.code)
                channel.close(CloseCode.TRY_AGAIN_LATER)
                await closing
            finally:
                self._detach(socket, channel)
                closing.cancel()
        return socket

    def _origin_allowed(self, request: web.Request) -> bool:
        """Browsers name the page's origin (RFC 6455, section 10.2); native programs name none."""
        origin = request.headers.get("Origin")
        return origin is None or self._origins.allows(origin, request.headers.get("Host", ""))

    def _tell_of_a_proxy(self, request: web.Request) -> None:
        """Name what has taken the upgrade out of a handshake, and left its key (RFC 6455, section
        4.1)."""
        taken_out = "Sec-WebSocket-Key" in request.headers and "Upgrade" not in request.headers
        clock = asyncio.get_running_loop().time
        if taken_out and self._complaints.allows(None, clock()):
            log.warning(
                "A reverse proxy keeps WebSockets back, without which there are no calls. Have it "
                "hand them on (nginx: proxy_http_version 1.1; proxy_set_header Upgrade "
                "$http_upgrade; proxy_set_header Connection upgrade;)."
            )

    async def _converse(
        self, request: web.Request, socket: web.WebSocketResponse, channel: SocketChannel
    ) -> None:
        """Attach the channel and read, until the socket is closed or lost."""
        source = visitor_of(request)
        with self._guard.socket(source, connection_of(request)):
            self._attach_by_handshake(channel, request, source)
            patience = asyncio.get_running_loop().call_later(
                self._limits.first_message_timeout, self._part_with_the_silent, channel
            )
            try:
                await self._read(socket, channel, source)
            finally:
                patience.cancel()

    def _attach_by_handshake(
        self, channel: SocketChannel, request: web.Request, source: Source
    ) -> None:
        wanted = request.query.get("sessionId", request.query.get("session"))
        if wanted is None:
            return
        session_id = None
        try:
            session_id = messages.session_id_of(wanted)
            label = messages.label_of(request.query.get("from"))
            self._hub.attach(channel, session_id, label, source=source)
        except Refused as refused:
            self._hub.refuse(channel, session_id, refused.code)
            limited = refused.code is Code.RATE_LIMITED
            channel.close(CloseCode.TRY_AGAIN_LATER if limited else CloseCode.POLICY)

    def _part_with_the_silent(self, channel: SocketChannel) -> None:
        if channel.closing is None and self._hub.session_of(channel) is None:
            self._hub.refuse(channel, None, Code.SIGNAL_NOT_FOUND)
            channel.close(CloseCode.POLICY)

    async def _read(
        self, socket: web.WebSocketResponse, channel: SocketChannel, source: Source
    ) -> None:
        async for frame in socket:
            if frame.type is WSMsgType.PONG:
                channel.ponged()
            # What is no frame of the client has no bytes: of an ERROR `data` is the exception.
            if frame.type not in _FROM_CLIENT or channel.closing is not None:
                continue
            if not self._guard.message(source):
                self._hub.refuse_frame(channel, Code.RATE_LIMITED, len(frame.data))
            elif frame.type is WSMsgType.TEXT:
                self._relay(channel, frame.data, source)
            elif frame.type is WSMsgType.BINARY:
                self._hub.refuse_frame(channel, Code.BAD_MESSAGE, len(frame.data))
            elif frame.type is WSMsgType.PING:
                channel.pinged(frame.data)

    def _relay(self, channel: SocketChannel, text: str, source: Source) -> None:
        clock = asyncio.get_running_loop().time
        received = clock()
        self._hub.receive_text(channel, text, source)
        self._meter.relayed(clock() - received)

    def _fail(self, channel: SocketChannel, error: Exception) -> None:
        """End the session of a socket, because what it has sent makes something raise this."""
        session_id = self._hub.session_of(channel)
        named = {"SESSION_ID": session_id or ""}
        log.error("A session has failed: %s.", described(error), extra=named)
        self._hub.end(channel, Code.INTERNAL)
        channel.close(CloseCode.INTERNAL)

    def _detach(self, socket: web.WebSocketResponse, channel: SocketChannel) -> None:
        if channel.closing is None and socket.close_code in _DELIBERATE:
            self._hub.leave(channel)
        else:
            self._hub.lose(channel, went_away=socket.close_code == WSCloseCode.GOING_AWAY)
        channel.release()
