"""How a connection comes in: let in by the guard, through TLS in time, its requests in time, not
too many and without a body.

The event loop's own server would run a TLS handshake for whoever comes, and wait a minute for
each; and older releases of aiohttp wait for ever for the first request.
"""

import asyncio
import contextlib
import logging
import socket
import ssl
from typing import Any, NoReturn

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from homecall_appliance.web import guard as guards
from homecall_appliance.web.frames import FrameChecker
from homecall_appliance.web.guard import Guard, source_of
from homecall_appliance.web.proxies import Proxies, visitor_of

log = logging.getLogger(__name__)

TLS_SHUTDOWN_TIMEOUT = 3.0
"""Seconds that a client may take to answer the end of TLS (RFC 8446, section 6.1)."""

LINGERING_TIME = 1.0
"""Seconds in which a body that nobody reads is thrown away, so that its sender gets the answer
(RFC 9112, section 9.6)."""

PIPELINED = 8
"""Requests of a connection that are taken in before they are dealt with (RFC 9112, section 9.3.2).
Older releases of aiohttp keep whatever comes, at a hundred times its size."""

_END_OF_HEAD = b"\r\n\r\n"

EXHAUSTED_PAUSE = 1.0
"""Seconds without accepting when the system has no more file descriptors."""


class Acceptor:
    """Accepts connections for an application."""

    def __init__(
        self,
        runner: web.AppRunner,
        guard: Guard,
        proxies: Proxies,
        request_timeout: float,
        context: ssl.SSLContext | None,
    ) -> None:
        """`request_timeout` is seconds, for the TLS handshake and again for a request."""
        self._runner = runner
        self._guard = guard
        self._proxies = proxies
        self._request_timeout = request_timeout
        self._tls: dict[str, Any] = {}
        if context is not None:
            self._tls = {
                "ssl": context,
                "ssl_handshake_timeout": request_timeout,
                "ssl_shutdown_timeout": TLS_SHUTDOWN_TIMEOUT,
            }
        self._loop = asyncio.get_running_loop()
        self._connections: set[asyncio.Task[None]] = set()

    async def run(self, listener: socket.socket) -> NoReturn:
        """Accept until cancelled; the connections stay."""
        listener.setblocking(False)
        while True:
            try:
                connection, address = await self._loop.sock_accept(listener)
            except OSError as error:
                log.error("No connection can be accepted: %s.", error.strerror)  # noqa: TRY400
                await asyncio.sleep(EXHAUSTED_PAUSE)
                continue
            self._admit(connection, address[0])
            await asyncio.sleep(0)  # it has begun before another one can make it give way

    async def close(self) -> None:
        """Forget the connections that are still there."""
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    def _admit(self, accepted: socket.socket, address: str) -> None:
        shared = self._proxies.trusts(address)
        connection = self._guard.connect(source_of(address), shared=shared)
        if connection is None:
            accepted.close()
            return
        task = self._loop.create_task(self._serve(accepted, connection))
        connection.cut_off = task.cancel
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)

    async def _serve(self, accepted: socket.socket, connection: guards.Connection) -> None:
        server = self._runner.server
        if server is None:
            raise RuntimeError("The runner is not set up.")
        protocol = _Connection(server, self._request_timeout, connection)
        try:
            with contextlib.suppress(OSError):  # the client went away, is too slow, speaks no TLS
                await self._loop.connect_accepted_socket(lambda: protocol, accepted, **self._tls)
                await protocol.lost
        finally:
            self._guard.disconnect(connection)
            protocol.abort()


def bounded(guard: Guard) -> Middleware:
    """Return what every request passes first: it has come in time, is not one too many, and has no
    body, which nothing here reads."""

    @web.middleware
    async def pass_through(request: web.Request, handler: Handler) -> web.StreamResponse:
        if isinstance(request.protocol, _Connection):
            request.protocol.request_came()
        if not guard.request(visitor_of(request)):
            return _refused(429, "rate_limited")
        if request.body_exists:
            return _refused(413, "body_refused")
        return await handler(request)

    return pass_through


def connection_of(request: web.Request) -> guards.Connection:
    """Return the connection that a request has come by."""
    if not isinstance(request.protocol, _Connection):
        raise TypeError("The request has not come by the acceptor.")
    return request.protocol.connection


def _refused(status: int, code: str) -> web.Response:
    """Answer, and end the connection with whatever else it has sent."""
    response = web.json_response({"code": code}, status=status)
    response.force_close()
    return response


def check_frames(request: web.Request, message_bytes: int) -> None:
    """Have the frames checked of the WebSocket that this request is about to become."""
    if isinstance(request.protocol, _Connection):
        request.protocol.checker = FrameChecker(message_bytes)


class _Connection(web.RequestHandler):
    """A connection that is cut off when its first request does not come in time, and read no faster
    than its requests are dealt with."""

    __slots__ = (
        "_ahead",
        "_held",
        "_request_timeout",
        "_timer",
        "_unread",
        "checker",
        "connection",
        "lost",
    )

    def __init__(
        self, server: web.Server, request_timeout: float, connection: guards.Connection
    ) -> None:
        super().__init__(
            server,
            loop=asyncio.get_running_loop(),
            access_log=None,  # type: ignore[arg-type]  # as aiohttp's own runner takes it
            keepalive_timeout=request_timeout,
            lingering_time=LINGERING_TIME,
            auto_decompress=False,  # 64 KiB may become 64 MiB, which waits for nobody
        )
        self.connection = connection
        self.lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._request_timeout = request_timeout
        self._timer: asyncio.TimerHandle | None = None
        self._unread = b""
        self._ahead = 0
        self._held = False
        self.checker: FrameChecker | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(self._request_timeout, self.abort)

    def data_received(self, data: bytes) -> None:
        """Take what has come, as far as there is room for its requests."""
        self._unread += data
        self._take()

    def _take(self) -> None:
        while self._unread and (self._ahead < PIPELINED or self.connection.in_use):
            head, end, self._unread = self._unread.partition(_END_OF_HEAD)
            self._ahead += bool(end)
            super().data_received(head + end)
        if self.transport is not None and self._held != bool(self._unread):
            self._held = bool(self._unread)
            (self.transport.pause_reading if self._held else self.transport.resume_reading)()

    def set_parser(self, parser: Any, *args: Any, **kwargs: Any) -> None:
        """Hand what comes from now on to the reader of a WebSocket."""
        if self.checker is not None:
            parser = _CheckedReader(parser, self.checker)
        super().set_parser(parser, *args, **kwargs)

    def request_came(self) -> None:
        """Wait for the first request no longer, and make room for another one."""
        self._stop_waiting()
        self._ahead = max(0, self._ahead - 1)
        self._take()

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def abort(self) -> None:
        """Cut the connection off, if it is not lost."""
        if self.transport is not None:
            self.transport.abort()

    def connection_lost(self, exc: BaseException | None) -> None:
        self._stop_waiting()
        self._unread = b""
        super().connection_lost(exc)
        if not self.lost.done():
            self.lost.set_result(None)


class _CheckedReader:
    """The reader of a WebSocket, as aiohttp feeds it, behind the check of each frame's header."""

    def __init__(self, reader: Any, checker: FrameChecker) -> None:
        self._reader = reader
        self._checker = checker

    def feed_data(self, data: bytes) -> Any:
        """Hand on what obeys the rules; for what does not, the reader closes with its code."""
        refused_before = self._checker.refused
        passed = self._checker.pass_on(data)
        if self._checker.refused is not None and refused_before is None:
            passed += self._checker.refusal()
        return self._reader.feed_data(passed)

    def feed_eof(self) -> None:
        """Tell the reader that no more comes."""
        self._reader.feed_eof()
