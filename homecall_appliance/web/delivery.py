"""What a TCP connection has delivered, as the kernel knows it (tcp(7), linux/tcp.h).

A phone that loses its network leaves a socket behind that takes what is written to it for many
seconds. When the phone comes back with another one, whatever its system has not acknowledged is
delivered again, and nothing that it has.
"""

import asyncio
import fcntl
import os
import socket
import ssl
import struct
from collections import deque

from homecall_appliance.signaling.mailbox import Letter

_BYTES_ACKED = struct.Struct("=120xQ")  # struct tcp_info, tcpi_bytes_acked
_SIOCOUTQ = 0x5411  # bytes in the send queue that are not acknowledged, or not sent yet

RECORD_BYTES = 16_384
"""The most plain text in a TLS record (RFC 8446, section 5.1)."""

ATTENTION = 32
"""Letters under way, from which on each new one is a reason to ask what has arrived."""


class Delivery:
    """The letters that one connection was given and has not delivered.

    It must learn of every byte that is written: so it knows, without asking the kernel each time,
    at which byte of the stream a letter ends.
    """

    def __init__(self, connection: socket.socket, record_overhead: int = 0) -> None:
        """`connection` is this object's own; `record_overhead` is what a TLS record adds."""
        self._connection = connection
        self._record_overhead = record_overhead
        self._letters: deque[tuple[Letter, int]] = deque()
        self.waiting = 0
        """The size of all letters that have not arrived, as far as the kernel was asked."""
        self.end = self._acknowledged() + self._unacknowledged()
        """The byte of the stream that comes after everything that was written."""

    @classmethod
    def watch(cls, transport: asyncio.BaseTransport) -> "Delivery":
        """Watch a transport that has written everything, and still be able to ask once it is
        closed. Raises OSError.
        """
        descriptor = os.dup(transport.get_extra_info("socket").fileno())
        return cls(socket.socket(fileno=descriptor), _overhead(transport))

    def expect(self, length: int, letter: Letter | None = None) -> None:
        """Note `length` bytes that are written now, in one piece; they may hold a letter."""
        self.end += length + -(-length // RECORD_BYTES) * self._record_overhead
        if letter is None:
            return
        self._letters.append((letter, self.end))
        self.waiting += letter[1]
        if len(self._letters) > ATTENTION:
            self.forget_arrived()

    def forget_arrived(self) -> None:
        """Ask the kernel what has arrived, and hold it no longer."""
        acknowledged = self._acknowledged()
        while self._letters and self._letters[0][1] <= acknowledged:
            (_, size), _ = self._letters.popleft()
            self.waiting -= size

    def missing(self) -> list[Letter]:
        """Return what has not arrived, oldest first."""
        self.forget_arrived()
        return [letter for letter, _ in self._letters]

    def close(self) -> None:
        """Let the connection go: it ends only when everyone who holds it has closed it."""
        self._connection.close()

    def _acknowledged(self) -> int:
        info = self._connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _BYTES_ACKED.size)
        (count,) = _BYTES_ACKED.unpack(info)
        return int(count)

    def _unacknowledged(self) -> int:
        answer = fcntl.ioctl(self._connection.fileno(), _SIOCOUTQ, b"\0\0\0\0")
        return int.from_bytes(answer, "little")


def _overhead(transport: asyncio.BaseTransport) -> int:
    """Return the bytes that a record adds to its plain text, with the ciphers that we allow."""
    tls: ssl.SSLObject = transport.get_extra_info("ssl_object")
    cipher, version, _ = tls.cipher() or ("", "", 0)
    if version == "TLSv1.3":
        return 22  # header, content type and tag (RFC 8446, section 5.2)
    if "CHACHA20" in cipher:
        return 21  # header and tag (RFC 7905, section 2)
    return 29  # header, explicit nonce and tag (RFC 5288, section 3)
