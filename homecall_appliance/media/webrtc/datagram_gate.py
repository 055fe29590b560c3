"""The gate before aioice: what `datagrams` drops, no library gets to see.

aioice's protocols become subclasses, which judge what comes in first. So it makes no difference
which event loop calls them, and a socket is never open without.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any

from aiortc import RTCDtlsTransport

from homecall_appliance.media.webrtc.aiortc_compat import (
    QUEUEING,
    RECEIVING_DATAGRAMS,
    attach_gate,
    attached_gate,
    bound_early_checks,
    extend_protocols,
    ice_connection,
    known,
    remote_addresses,
    replace_queue,
)
from homecall_appliance.media.webrtc.datagrams import (
    Drop,
    Heard,
    SocketFilter,
    TransportAddress,
    judge_relay,
)

MAX_EARLY_CHECKS = 100
"""Checks that wait for the answer, the newest; aioice 0.10 keeps them all."""

MAX_QUEUED_BYTES = 512 * 1024
"""Bytes of a transport's datagrams that wait to be read, the newest: two seconds of the best video.
They wait when the event loop is late, and before the answer, when nobody reads them."""

_OBJECT_BYTES = 160
"""What a datagram that waits takes besides its bytes."""


class Gate:
    """Stands before all sockets of one ICE connection."""

    def __init__(self, connection: Any, on_drop: Callable[[Drop], None]) -> None:
        self.on_drop = on_drop
        self._connection = connection
        self._heard = Heard()

    def socket_filter(self) -> SocketFilter:
        """Return what judges the datagrams of another socket of this connection."""
        return SocketFilter(
            self._connection.local_username,
            self._connection.local_password,
            self._heard,
            self._is_candidate,
        )

    def _is_candidate(self, address: TransportAddress) -> bool:
        return address in remote_addresses(self._connection)


def put_before(transport: RTCDtlsTransport, on_drop: Callable[[Drop], None]) -> None:
    """Let only those datagrams come to a transport that count, and bound what waits to be read.

    To be called before candidates are gathered. `on_drop` is told of each that is dropped, and why.
    Where aiortc or aioice is not known, all come through as they did.
    """
    if known(QUEUEING):
        replace_queue(ice_connection(transport), _Newest())
    if known(RECEIVING_DATAGRAMS):
        connection = ice_connection(transport)
        extend_protocols(GatedStunProtocol, GatedTurnProtocol)
        attach_gate(connection, Gate(connection, on_drop))
        bound_early_checks(connection, MAX_EARLY_CHECKS)


class GatedStunProtocol(asyncio.DatagramProtocol):
    """Comes before aioice's protocol of a socket, or of a relay's address."""

    receiver: Any
    local_candidate: Any

    def __init__(self, receiver: Any) -> None:
        super().__init__(receiver)  # type: ignore[call-arg] # aioice's
        self.gate: Gate | None = attached_gate(receiver)
        """None in a connection that is not ours to guard."""
        self._filter = self.gate.socket_filter() if self.gate else None

    def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None:
        """Take a datagram that has come from `addr`."""
        if self.gate is None or self._filter is None:
            super().datagram_received(data, addr)
            return
        reason = self._filter.judge(data, (addr[0], addr[1]))
        if reason is not None:
            self.gate.on_drop(reason)
        elif data[0] < 4:
            super().datagram_received(data, addr)
        else:
            # Past aioice's parser, to which RTP whose sequence number happens to be right is STUN.
            self.receiver.data_received(data, self.local_candidate.component)

    async def request(
        self,
        request: Any,
        addr: TransportAddress,
        integrity_key: bytes | None = None,
        retransmissions: int | None = None,
    ) -> Any:
        """Send a request, and wait for its response."""
        ours = super().request  # type: ignore[misc] # aioice's
        if self._filter is None:
            return await ours(request, addr, integrity_key, retransmissions)
        self._filter.expect(request.transaction_id, addr, integrity_key)
        try:
            return await ours(request, addr, integrity_key, retransmissions)
        finally:
            self._filter.forget(request.transaction_id)


class GatedTurnProtocol(asyncio.BaseProtocol):
    """Comes before aioice's protocol of a TURN server, which is one of datagrams or of a stream."""

    receiver: Any
    transactions: dict[bytes, Any]

    def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None:
        """Take a message of the TURN server."""
        reason = judge_relay(data, self.transactions)
        if reason is None:
            super().datagram_received(data, addr)  # type: ignore[misc] # aioice's
        elif gate := getattr(self.receiver, "gate", None):
            gate.on_drop(reason)


class _Newest(asyncio.Queue[Any]):
    """In place of aioice's queue, which has no bound."""

    def _init(self, maxsize: int) -> None:  # noqa: ARG002 - the queue's hook
        self._queue: deque[Any] = deque()
        self._size = 0

    def _put(self, item: Any) -> None:
        self._queue.append(item)
        self._size += _size(item)
        while self._size > MAX_QUEUED_BYTES:
            self._get()

    def _get(self) -> Any:
        item = self._queue.popleft()
        self._size -= _size(item)
        return item


def _size(item: Any) -> int:
    """Return the size of a datagram with its component; of the end, None or (None, None), too."""
    data = item[0] if item else None
    return _OBJECT_BYTES + len(data) if data else _OBJECT_BYTES
