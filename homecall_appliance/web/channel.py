"""The hub's end of a WebSocket: what is sent is written in order, and watched for its arrival."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from aiohttp import web

from homecall_appliance.signaling import messages
from homecall_appliance.signaling.mailbox import Letter
from homecall_appliance.signaling.messages import Error, Language, Message
from homecall_appliance.signaling.rate_limit import Pace
from homecall_appliance.signaling.session import CloseCode
from homecall_appliance.web.delivery import Delivery
from homecall_appliance.web.frames import Opcode, frame

MISSED_PONGS = 2
"""Pings without an answer after which a socket counts as lost."""

CLOSE_TIMEOUT = 5.0
"""Seconds that a client may take to answer a close frame."""

ERROR_RATE, ERROR_BURST = 1.0, 32
"""Errors that a socket is answered with, a second and at once; then it is closed."""


@dataclass(frozen=True)
class SocketLimits:
    """Bytes and seconds."""

    message_bytes: int
    """The longest message."""

    unacknowledged_bytes: int
    """What may be under way to a slow reader; beyond that it is cut off."""

    first_message_timeout: float
    """How long a socket may stay that is attached to nothing."""

    ping_interval: float = 20.0
    """Between two pings (protocol.md, section 4)."""


class SocketChannel:
    """The hub's end of a socket."""

    def __init__(
        self,
        socket: web.WebSocketResponse,
        transport: asyncio.Transport,
        language: Language,
        limits: SocketLimits,
    ) -> None:
        """Take hold of a socket; raises OSError when the system is out of file descriptors."""
        self.closing: CloseCode | None = None
        self._socket = socket
        self._transport = transport
        self._delivery = Delivery.watch(transport)
        self._language = language
        self._limits = limits
        self._loop = asyncio.get_running_loop()
        self._told_to_close: asyncio.Future[CloseCode] = self._loop.create_future()
        self._errors = Pace(ERROR_RATE, ERROR_BURST)
        self._missed_pongs = 0
        self._asking: list[Callable[[], None]] = []
        self._timer = self._loop.call_later(limits.ping_interval, self._ping)

    def send(self, message: Message, size: int) -> None:
        """Write a message; a reader that is too slow is cut off."""
        if self.closing is not None:
            return
        if isinstance(message, Error) and not self._errors.allows(None, self._loop.time()):
            self.close(CloseCode.POLICY)
            return
        text = messages.dump(message, self._language).encode()
        self._write(Opcode.TEXT, text, None if isinstance(message, Error) else (message, size))
        if self._delivery.waiting > self._limits.unacknowledged_bytes:
            self._transport.abort()

    def close(self, code: CloseCode) -> None:
        """Close the socket after what was sent before, or cut it off if that takes too long."""
        if self.closing is None:
            self.closing = code
            self._timer.cancel()
            self._timer = self._loop.call_later(CLOSE_TIMEOUT, self._transport.abort)
            self._told_to_close.set_result(code)

    def peer_attached(self, returned: bool) -> None:
        """Nothing: on the wire presence is the offer."""

    def ping(self, answered: Callable[[], None]) -> None:
        """Send a ping; `answered` is called with the client's next pong."""
        if self.closing is None:
            self._asking.append(answered)
            self._write(Opcode.PING, b"")

    def undelivered(self) -> list[Letter]:
        """Return what has not arrived at the client, for its return."""
        return self._delivery.missing()

    def pinged(self, data: bytes) -> None:
        """Answer a ping of the client."""
        if self.closing is None:
            self._write(Opcode.PONG, data)

    def ponged(self) -> None:
        """Note that the client has answered a ping."""
        self._missed_pongs = 0
        asking, self._asking = self._asking, []
        for answered in asking:
            answered()

    async def run(self) -> None:
        """Wait until the channel is to be closed, and close its socket."""
        code = await asyncio.shield(self._told_to_close)
        with suppress(ConnectionError):
            await self._socket.close(code=code)

    def release(self) -> None:
        """Let the socket go, which is closed or lost."""
        self._timer.cancel()
        self._delivery.close()

    def _write(self, opcode: Opcode, payload: bytes, letter: Letter | None = None) -> None:
        data = frame(opcode, payload)
        self._delivery.expect(len(data), letter)
        if not self._transport.is_closing():
            self._transport.write(data)

    def _ping(self) -> None:
        if self._missed_pongs >= MISSED_PONGS:
            self._transport.abort()
            return
        self._missed_pongs += 1
        self._delivery.forget_arrived()
        self._write(Opcode.PING, b"")
        self._timer = self._loop.call_later(self._limits.ping_interval, self._ping)
