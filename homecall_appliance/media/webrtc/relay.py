"""A relayed candidate: what aioice takes for a socket's transport is an allocation at a TURN server
(RFC 8656).

aioice has a transport of its own for that. It makes a task of each datagram, waits for ever for a
channel that was refused once, and tells the whole connection when one of several relays is lost.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from homecall_appliance.faults.containment import contained, reported
from homecall_appliance.media.webrtc.datagrams import Drop, TransportAddress
from homecall_appliance.media.webrtc.ice_socket import IceSocket
from homecall_appliance.media.webrtc.turn_client import ServerRefused, ServerSilent, TurnClient

FIRST_CHANNEL, LAST_CHANNEL = 0x4000, 0x4FFF
"""The numbers of channels (RFC 8656, section 12)."""

REFRESH = 240.0
"""Seconds after which a channel is bound again. It lasts for 600, the permission that comes with it
for 300 (RFC 8656, sections 9 and 12)."""

REFUSED = 10.0
"""Seconds for which nothing is sent to a peer that the server has refused a channel to."""

WAITING = 4
"""Datagrams that wait for a channel, the newest: checks, which are sent again in any case."""

DELETE_TIMEOUT = 1.0
"""Seconds for giving an allocation back. The server forgets it in time, too."""


@dataclass
class _Channel:
    number: int
    usable: bool = False
    """Whether it is bound, from then on."""

    tried: float = float("-inf")
    """When it was last asked for."""

    waiting: deque[bytes] = field(default_factory=lambda: deque(maxlen=WAITING))
    binding: asyncio.Task[None] | None = None


class RelayTransport:
    """In place of a datagram transport, for one protocol of aioice's."""

    def __init__(
        self, client: TurnClient, protocol: IceSocket, on_lost: Callable[["RelayTransport"], None]
    ) -> None:
        """`protocol` is that of the relayed candidate; `on_lost` is told once where the way to the
        server is closed, and not from here."""
        self._client = client
        self._protocol = protocol
        self._on_lost = on_lost
        self._channels: dict[TransportAddress, _Channel] = {}
        self._closed = False
        self._deleting: asyncio.Task[None] | None = None
        self._now = asyncio.get_running_loop().time

    @property
    def protocol(self) -> IceSocket:
        """aioice's protocol of the relayed candidate."""
        return self._protocol

    async def allocate(self) -> TransportAddress:
        """Return the relayed address; raises ServerRefused, ServerSilent."""
        address = await self._client.allocate(self)
        self._protocol.connection_made(self)  # type: ignore[arg-type] # see the class
        return address

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Return the address here of the way to the server as `sockname`, and nothing else: a relay
        has no socket of its own to be sent by."""
        return (
            self._client.transport.get_extra_info(name, default) if name == "sockname" else default
        )

    def is_closing(self) -> bool:
        """Whether nothing is sent any more."""
        return self._closed

    def sendto(self, data: bytes, addr: TransportAddress) -> None:
        """Send a datagram to a peer; it waits for the peer's channel."""
        if self._closed:
            return
        channel = self._channels.get(addr)
        if channel is None:
            number = FIRST_CHANNEL + len(self._channels)
            if number > LAST_CHANNEL:
                return
            channel = self._channels[addr] = _Channel(number)
        if channel.usable:
            self._client.send(channel.number, data)
        else:
            channel.waiting.append(data)
        wait = REFRESH if channel.usable else REFUSED
        if channel.binding is None and self._now() - channel.tried >= wait:
            channel.tried = self._now()
            channel.binding = asyncio.create_task(self._bind(channel, addr))

    def close(self) -> None:
        """Close as a datagram transport does; the allocation is given back meanwhile."""
        if not self._closed:
            self.release()
            asyncio.get_running_loop().call_soon(self._protocol.connection_lost, None)

    def release(self) -> None:
        """Close without telling the protocol, which would tell its connection in some versions."""
        if not self._closed:
            self._close()
            self._deleting = asyncio.create_task(self._delete())

    async def released(self) -> None:
        """Close likewise, and wait until the allocation is given back."""
        self.release()
        if self._deleting:
            await asyncio.wait([self._deleting])

    def on_drop(self, reason: Drop) -> None:
        """Learn from the client of a message of the server that does not count, and why."""
        self._protocol.receiver.on_drop(reason)

    def datagram_received(self, data: bytes, addr: TransportAddress) -> None:
        """Take a datagram of a peer from the client."""
        if not self._closed:
            self._protocol.datagram_received(data, addr)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's
        """Learn from the client that the way to the server is closed."""
        if not self._closed:
            self._close()
            self._client.close()
            self._on_lost(self)

    def _close(self) -> None:
        self._closed = True
        for channel in self._channels.values():
            if channel.binding:
                channel.binding.cancel()

    async def _bind(self, channel: _Channel, peer: TransportAddress) -> None:
        try:
            await self._client.bind(channel.number, peer)
        except ServerRefused:
            channel.usable = False
            channel.waiting.clear()
        except ServerSilent:
            channel.waiting.clear()  # what was bound before may still be
        else:
            channel.usable = True
            while channel.waiting:
                self._client.send(channel.number, channel.waiting.popleft())
        finally:
            channel.binding = None

    async def _delete(self) -> None:
        with contained(reported):
            try:
                async with asyncio.timeout(DELETE_TIMEOUT):
                    await self._client.delete()
            except (TimeoutError, ServerRefused, ServerSilent):
                self._client.close()
