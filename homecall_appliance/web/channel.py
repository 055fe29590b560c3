"""The hub's end of a WebSocket: what is sent is written in order, and watched for its arrival."""

import asyncio
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from aiohttp import web

from homecall_appliance.signaling import messages
from homecall_appliance.signaling.messages import Error, Language, Message
from homecall_appliance.signaling.pace import Pace
from homecall_appliance.signaling.session import CloseCode, Letter
from homecall_appliance.web.delivery import Delivery

MISSED_PONGS = 2
"""Pings without an answer after which a socket counts as lost."""

CLOSE_TIMEOUT = 5.0
"""Seconds that a client may take to answer a close frame."""

ERROR_RATE, ERROR_BURST = 1.0, 32
"""Errors that a socket is answered with, a second and at once; then it is closed."""

ERROR_BYTES = 256
"""What an error takes of the room for a slow reader."""


@dataclass(frozen=True)
class SocketLimits:
    """Bytes and seconds."""

    message_bytes: int
    """The longest message."""

    queue_bytes: int
    """What may wait for a slow reader; beyond that it is cut off."""

    first_message_timeout: float
    """How long a socket may stay that is attached to nothing."""

    ping_interval: float = 20.0
    """Between two pings (protocol.md, section 4)."""


class Meter(Protocol):
    """Who measures the relay."""

    def relayed(self, seconds: float) -> None:
        """Learn how long a message took from the hub to the socket's buffer."""
        ...


class SocketChannel:
    """The hub's end of a socket. What is sent is written by `write`, in order."""

    def __init__(
        self,
        socket: web.WebSocketResponse,
        transport: asyncio.Transport,
        language: Language,
        limits: SocketLimits,
        meter: Meter,
    ) -> None:
        self.closing: CloseCode | None = None
        self._socket = socket
        self._transport = transport
        self._language = language
        self._limits = limits
        self._meter = meter
        self._loop = asyncio.get_running_loop()
        self._outbox: deque[tuple[Message, int, float]] = deque()
        self._waiting = 0
        self._wake = asyncio.Event()
        self._delivery = Delivery(transport.get_extra_info("socket"))
        self._errors = Pace(ERROR_RATE, ERROR_BURST)
        self._missed_pongs = 0
        self._ping_due = False
        self._timer = self._loop.call_later(limits.ping_interval, self._ping)

    def send(self, message: Message, size: int) -> None:
        """Queue a message for the socket; a reader that is too slow is cut off."""
        if self.closing is not None:
            return
        now = self._loop.time()
        if isinstance(message, Error):
            size = ERROR_BYTES
            if not self._errors.allows(None, now):
                self.close(CloseCode.POLICY)
                return
        self._outbox.append((message, size, now))
        self._waiting += size
        if self._waiting > self._limits.queue_bytes:
            self._transport.abort()
        self._wake.set()

    def close(self, code: CloseCode) -> None:
        """Close the socket after what was sent before, or cut it off if that takes too long."""
        if self.closing is None:
            self.closing = code
            self._timer.cancel()
            self._timer = self._loop.call_later(CLOSE_TIMEOUT, self._transport.abort)
            self._wake.set()

    def peer_attached(self, returned: bool) -> None:
        """Nothing: on the wire presence is the offer."""

    def undelivered(self) -> list[Letter]:
        """Return what has not arrived at the client, for its return."""
        waiting = [(m, size) for m, size, _ in self._outbox if not isinstance(m, Error)]
        return self._delivery.missing() + waiting

    def heard(self) -> None:
        """Note that a frame came: what it answers has arrived, even if the socket is lost next."""
        self._delivery.missing()

    def pong(self) -> None:
        """Note that the client has answered a ping."""
        self._missed_pongs = 0

    def stop(self) -> None:
        """Ping no more."""
        self._timer.cancel()

    async def write(self) -> None:
        """Write what is sent, until the channel is closed or the socket is gone."""
        with suppress(ConnectionError):
            while True:
                self._wake.clear()
                while self._outbox:
                    await self._write(*self._outbox[0])
                if self.closing is not None:
                    break
                if self._ping_due:
                    self._ping_due = False
                    await self._socket.ping()
                await self._wake.wait()
            # Nothing may follow the close frame (RFC 6455, section 5.5.1), not even a ping.
            await self._socket.close(code=self.closing)

    async def _write(self, message: Message, size: int, since: float) -> None:
        await self._socket.send_str(messages.dump(message, self._language))
        self._outbox.popleft()
        self._waiting -= size
        self._meter.relayed(self._loop.time() - since)
        if not isinstance(message, Error):
            self._delivery.written((message, size))

    def _ping(self) -> None:
        if self._missed_pongs >= MISSED_PONGS:
            self._transport.abort()
            return
        self._missed_pongs += 1
        self._ping_due = True
        self._wake.set()
        self._timer = self._loop.call_later(self._limits.ping_interval, self._ping)
