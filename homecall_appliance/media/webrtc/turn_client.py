"""A client of a TURN server for one allocation (RFC 8656): aioice's, with what it sends and gets
through the allocation in our hands."""

import asyncio
import ssl
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol, Self

from aioice import stun
from aioice.turn import TurnClientTcpProtocol, TurnClientUdpProtocol

from homecall_appliance.media.webrtc.datagrams import Drop, TransportAddress, judge_relay

_ALLOCATION_LIFETIME = 600
"""Seconds that are asked for (RFC 8656, section 3.2); aioice's client refreshes them."""

_CHANNEL_HEADER = struct.Struct("!HH")  # RFC 8656, section 12.4


class ServerRefused(Exception):
    """A STUN or TURN server has answered with an error, or with something of no use."""

    def __init__(self, code: int | None) -> None:
        """`code` is that of the error (RFC 8489, section 14.8; RFC 8656, section 19)."""
        super().__init__(f"The server has answered with the error {code}.")
        self.code = code


class ServerSilent(Exception):
    """A STUN or TURN server has not answered."""


@contextmanager
def told_apart() -> Iterator[None]:
    """Raise ServerRefused or ServerSilent for what aioice raises."""
    try:
        yield
    except stun.TransactionFailed as error:
        code, _ = error.response.attributes.get("ERROR-CODE", (None, ""))
        raise ServerRefused(code) from None
    except stun.TransactionError:
        raise ServerSilent from None
    except (KeyError, ConnectionError):  # an attribute is not there
        raise ServerRefused(None) from None


class TurnReceiver(Protocol):
    """Who is given what comes through a relay."""

    def on_drop(self, reason: Drop) -> None:
        """Learn of a datagram of the server that does not count, and why."""
        ...

    def datagram_received(self, data: bytes, addr: TransportAddress) -> None:
        """Take a datagram of a peer."""
        ...

    def connection_lost(self, exc: Exception | None) -> None:
        """Learn that the way to the relay is closed."""
        ...


class _Judging:
    """Comes before aioice's protocol of a TURN server, which is one of datagrams or of a stream."""

    receiver: Any
    transactions: dict[bytes, Any]

    def datagram_received(self, data: Any, addr: Any) -> None:
        """Take a message of the TURN server."""
        reason = judge_relay(data, self.transactions)
        if reason is None:
            super().datagram_received(data, addr)  # type: ignore[misc] # aioice's
        elif self.receiver is not None:
            self.receiver.on_drop(reason)


class _Udp(_Judging, TurnClientUdpProtocol):
    pass


class _Tcp(_Judging, TurnClientTcpProtocol):
    pass


class TurnClient:
    """One allocation at a server, from its opening until it is given back."""

    def __init__(self, transport: Any, protocol: _Udp | _Tcp) -> None:
        """For `open`."""
        self.transport = transport
        self._protocol = protocol

    @classmethod
    async def open(
        cls,
        address: TransportAddress,
        *,
        tcp: bool,
        tls: ssl.SSLContext | None,
        name: str,
        username: str | None,
        password: str | None,
    ) -> Self:
        """Connect to a server; `name` is what its certificate is to bear. Raises OSError."""
        loop = asyncio.get_running_loop()
        arguments = address, username, password, _ALLOCATION_LIFETIME, _ALLOCATION_LIFETIME
        transport: asyncio.BaseTransport
        protocol: _Udp | _Tcp
        if tcp:
            transport, protocol = await loop.create_connection(
                lambda: _Tcp(*arguments), *address, ssl=tls, server_hostname=name if tls else None
            )
        else:
            transport, protocol = await loop.create_datagram_endpoint(
                lambda: _Udp(*arguments), remote_addr=address
            )
        return cls(transport, protocol)

    async def allocate(self, receiver: TurnReceiver) -> TransportAddress:
        """Return the relayed address, from which all comes to `receiver`.

        Raises ServerRefused, ServerSilent.
        """
        self._protocol.receiver = receiver
        with told_apart():
            relayed: TransportAddress = await self._protocol.connect()
        # In some versions nothing else comes of it when refreshing fails.
        if refreshing := self._protocol.refresh_task:
            refreshing.add_done_callback(self._refreshed)
        return relayed

    async def bind(self, channel: int, peer: TransportAddress) -> None:
        """Bind a channel to a peer, or refresh it (RFC 8656, section 12).

        Raises ServerRefused, ServerSilent.
        """
        with told_apart():
            await self._protocol.channel_bind(channel, peer)
        self._protocol.channel_to_peer[channel] = peer
        self._protocol.peer_to_channel[peer] = channel

    def send(self, channel: int, data: bytes) -> None:
        """Send data to the peer of a channel that is bound."""
        message = _CHANNEL_HEADER.pack(channel, len(data)) + data
        if isinstance(self._protocol, _Tcp):
            # RFC 8656, section 12.5: padded to four bytes on a stream.
            self.transport.write(message + bytes(-len(message) % 4))
        else:
            self.transport.sendto(message)

    async def delete(self) -> None:
        """Give the allocation back, and close."""
        try:
            with told_apart():
                await self._protocol.delete()
        finally:
            self.close()

    def close(self) -> None:
        """Close at once; the server forgets the allocation in time."""
        if task := self._protocol.refresh_task:
            task.cancel()
        self.transport.abort()

    def _refreshed(self, task: "asyncio.Task[None]") -> None:
        if not task.cancelled():
            task.exception()
            self.transport.abort()
