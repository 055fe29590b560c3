"""How a connection comes in: let in by the guard, through TLS in time, its request in time.

The event loop's own server would run a TLS handshake for whoever comes, and wait a minute for
each; and older releases of aiohttp wait for ever for the first request.
"""

import asyncio
import contextlib
import logging
import socket
import ssl
from collections.abc import Awaitable, Callable
from typing import Any, NoReturn

from aiohttp import web

from homecall_appliance.web.guard import Guard, Source, source_of

log = logging.getLogger(__name__)

TLS_SHUTDOWN_TIMEOUT = 3.0
"""Seconds that a client may take to answer the end of TLS (RFC 8446, section 6.1)."""

EXHAUSTED_PAUSE = 1.0
"""Seconds without accepting when the system has no more file descriptors."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Acceptor:
    """Accepts connections for an application."""

    def __init__(
        self,
        runner: web.AppRunner,
        guard: Guard,
        request_timeout: float,
        context: ssl.SSLContext | None,
    ) -> None:
        """`request_timeout` is seconds, for the TLS handshake and again for a request."""
        self._runner = runner
        self._guard = guard
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
            source = source_of(address[0])
            if not self._guard.connects(source):
                connection.close()
                continue
            task = self._loop.create_task(self._serve(connection, source))
            self._connections.add(task)
            task.add_done_callback(self._connections.discard)

    async def close(self) -> None:
        """Forget the connections that are still there."""
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _serve(self, connection: socket.socket, source: Source) -> None:
        server = self._runner.server
        if server is None:
            raise RuntimeError("The runner is not set up.")
        lost: asyncio.Future[None] = self._loop.create_future()

        def protocol() -> _Connection:
            return _Connection(server, self._request_timeout, lost)

        try:
            with contextlib.suppress(OSError):  # the client went away, is too slow, speaks no TLS
                await self._loop.connect_accepted_socket(protocol, connection, **self._tls)
                await lost
        finally:
            self._guard.disconnects(source)


@web.middleware
async def punctual(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Note that the first request of a connection has come in time."""
    if isinstance(request.protocol, _Connection):
        request.protocol.request_came()
    return await handler(request)


class _Connection(web.RequestHandler):
    """A connection that is cut off when its first request does not come in time."""

    __slots__ = ("_lost", "_request_timeout", "_timer")

    def __init__(
        self, server: web.Server, request_timeout: float, lost: asyncio.Future[None]
    ) -> None:
        super().__init__(
            server,
            loop=asyncio.get_running_loop(),
            access_log=None,  # type: ignore[arg-type]  # as aiohttp's own runner takes it
            keepalive_timeout=request_timeout,
        )
        self._request_timeout = request_timeout
        self._lost = lost
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        if isinstance(transport, asyncio.Transport):
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(self._request_timeout, transport.abort)

    def request_came(self) -> None:
        """Wait no longer."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def connection_lost(self, exc: BaseException | None) -> None:
        self.request_came()
        super().connection_lost(exc)
        if not self._lost.done():
            self._lost.set_result(None)
