"""One socket of an ICE connection, or one address of it at a relay."""

import contextlib
import os
import socket
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from aioice.ice import StunProtocol

from homecall_appliance.media.webrtc.datagrams import Drop, Heard, SocketFilter, TransportAddress
from homecall_appliance.media.webrtc.udp_segmentation import send


class Receiver(Protocol):
    """The ICE connection of a socket."""

    heard: Heard
    on_drop: Callable[[Drop], None]

    @property
    def local_username(self) -> str:
        """Our ice-ufrag."""
        ...

    @property
    def local_password(self) -> str:
        """Our ice-pwd."""
        ...

    def is_remote(self, address: TransportAddress) -> bool:
        """Whether the connection checks an address of the phone."""
        ...

    def socket_lost(self, lost: "IceSocket") -> None:
        """Learn that a socket is closed."""
        ...

    def data_received(self, data: bytes, component: int) -> None:
        """Take a datagram that is not STUN."""
        ...


class IceSocket(StunProtocol):
    """Judges what comes to a socket before a library sees it (`datagrams`).

    So it makes no difference which event loop calls it, and a socket is never open without.
    """

    receiver: Any

    def __init__(self, receiver: Receiver) -> None:
        super().__init__(receiver)  # type: ignore[arg-type] # aioice names its own class
        self._filter = SocketFilter(
            receiver.local_username, receiver.local_password, receiver.heard, receiver.is_remote
        )
        self._shared: socket.socket | None = None
        self._is_lost = False

    def datagram_received(self, data: Any, addr: tuple[Any, ...]) -> None:
        """Take a datagram that has come from `addr`."""
        reason = self._filter.judge(data, (addr[0], addr[1]))
        if reason is not None:
            self.receiver.on_drop(reason)
        elif data[0] < 4:
            super().datagram_received(data, addr)
        else:
            # Past aioice's parser, to which RTP whose sequence number happens to be right is STUN.
            self.receiver.data_received(data, self.local_candidate.component)

    def connection_lost(self, exc: Exception | None) -> None:
        """Learn that the socket is closed."""
        if self._shared:
            self._shared.close()
        self._is_lost = True
        self.receiver.socket_lost(self)
        super().connection_lost(exc)

    def send_packets(self, packets: Sequence[bytes], address: TransportAddress) -> bool:
        """Send datagrams by as few system calls as can be; whether there was room for them."""
        if self._is_lost:
            return True
        if self._shared is None:
            self._share()
        if self._shared is not None:
            return send(self._shared, packets, address)
        with contextlib.suppress(RuntimeError):  # uvloop's, where it was closed meanwhile
            for packet in packets:
                self.transport.sendto(packet, address)
        return True

    def _share(self) -> None:
        """Share the socket of the transport, which has no `sendmsg` of its own.

        A relay has none, and the system may have no descriptor left for it.
        """
        own = self.transport.get_extra_info("socket")
        if own is not None:
            with contextlib.suppress(OSError):
                self._shared = socket.socket(fileno=os.dup(own.fileno()))

    async def request(
        self,
        request: Any,
        addr: TransportAddress,
        integrity_key: bytes | None = None,
        retransmissions: int | None = None,
    ) -> Any:
        """Send a request, and wait for its response."""
        self._filter.expect(request.transaction_id, addr, integrity_key)
        try:
            return await super().request(request, addr, integrity_key, retransmissions)
        finally:
            self._filter.forget(request.transaction_id)
