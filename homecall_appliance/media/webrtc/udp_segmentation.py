"""Datagrams of one size that leave by one system call (UDP_SEGMENT in udp(7))."""

import errno
import socket
import sys
from collections.abc import Iterable, Iterator, Sequence

SEGMENTS = 45
"""Datagrams of one system call: the kernel takes 64, and 65,507 bytes in all."""

_UDP_SEGMENT = 103  # linux/udp.h
_NO_ROOM = frozenset({errno.EAGAIN, errno.ENOBUFS})


def send(way: socket.socket, packets: Iterable[bytes], address: tuple[str, int]) -> bool:
    """Send datagrams to an address; whether the system had room for all of them."""
    return all(send_burst(way, burst, address) for burst in bursts(packets, SEGMENTS))


def bursts(packets: Iterable[bytes], most: int) -> Iterator[list[bytes]]:
    """Group packets in their order, `most` at most: all of one size, but the last may be shorter.

    That is what UDP segmentation takes.
    """
    burst: list[bytes] = []
    for packet in packets:
        if burst and (
            len(burst) == most or len(burst[-1]) < len(burst[0]) or len(packet) > len(burst[0])
        ):
            yield burst
            burst = []
        burst.append(packet)
    if burst:
        yield burst


def send_burst(way: socket.socket, burst: Sequence[bytes], address: tuple[str, int]) -> bool:
    """Send a burst; whether there was room for it."""
    together = []
    if len(burst) > 1:
        size = len(burst[0]).to_bytes(2, sys.byteorder)
        together = [(socket.IPPROTO_UDP, _UDP_SEGMENT, size)]
    try:
        way.sendmsg(burst, together, 0, address)
    except OSError as error:
        if error.errno in _NO_ROOM:
            return False
        if together:  # not on this system, or not through this interface
            return all(send_burst(way, [packet], address) for packet in burst)
        # The network is gone. Whether it comes back is for ICE to find out.
    return True
