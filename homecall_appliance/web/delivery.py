"""What a TCP connection has delivered, as the kernel knows it (tcp(7), linux/tcp.h).

A phone that loses its network leaves a socket behind that takes what is written to it for many
seconds. When the phone comes back with another one, whatever its system has not acknowledged is
delivered again, and nothing that it has. Where the kernel has closed the socket it can no longer be
asked: what was written since the client was last heard may then come twice rather than never.
"""

import fcntl
import socket
import struct
from collections import deque

from homecall_appliance.signaling.session import Letter

_BYTES_ACKED = struct.Struct("=120xQ")  # struct tcp_info, tcpi_bytes_acked
_SIOCOUTQ = 0x5411  # bytes in the send queue that are not acknowledged, or not sent yet

_NEVER = 1 << 64
"""More bytes than a connection can acknowledge."""


class Delivery:
    """The letters that were written to one connection and not acknowledged."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._letters: deque[tuple[Letter, int]] = deque()

    def written(self, letter: Letter) -> None:
        """Note a letter that the kernel has just taken, or that came too late for it."""
        if self._connection.fileno() < 0:
            self._letters.append((letter, _NEVER))
            return
        acknowledged = self._acknowledged()
        self._forget(acknowledged)
        self._letters.append((letter, acknowledged + self._unacknowledged()))

    def missing(self) -> list[Letter]:
        """Return what has not arrived, oldest first; all of it where the connection is closed."""
        if self._connection.fileno() >= 0:
            self._forget(self._acknowledged())
        return [letter for letter, _ in self._letters]

    def _forget(self, acknowledged: int) -> None:
        while self._letters and self._letters[0][1] <= acknowledged:
            self._letters.popleft()

    def _acknowledged(self) -> int:
        info = self._connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _BYTES_ACKED.size)
        (count,) = _BYTES_ACKED.unpack(info)
        return int(count)

    def _unacknowledged(self) -> int:
        answer = fcntl.ioctl(self._connection.fileno(), _SIOCOUTQ, b"\0\0\0\0")
        return int.from_bytes(answer, "little")
