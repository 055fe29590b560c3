"""One socket of an ICE connection, or one address of it at a relay."""

from collections.abc import Callable
from typing import Any, Protocol

from aioice.ice import StunProtocol

from homecall_appliance.media.webrtc.datagrams import Drop, Heard, SocketFilter, TransportAddress


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
        self.receiver.socket_lost(self)
        super().connection_lost(exc)

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
