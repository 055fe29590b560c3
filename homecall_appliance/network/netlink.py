"""The kernel's word that the network has changed: links, addresses, routes (rtnetlink(7)).

What has changed is not read: who asks looks at everything anew, and cannot miss a part.
"""

import asyncio
import contextlib
import logging
import socket
from collections.abc import Iterator
from typing import Protocol

log = logging.getLogger(__name__)

# linux/rtnetlink.h: RTMGRP_LINK, _IPV4_IFADDR, _IPV4_ROUTE, _IPV6_IFADDR, _IPV6_ROUTE
_GROUPS = 0x1 | 0x10 | 0x40 | 0x100 | 0x400

_SOL_NETLINK, _NETLINK_NO_ENOBUFS = 270, 5  # linux/socket.h, linux/netlink.h

SETTLE = 0.2
"""Seconds of rest after a change until it is told: one cable brings some ten messages at once. With
less, most of what is looked at is not the last of it."""

LONGEST = 1.0
"""Seconds after which a change is told although there is no rest, as with a daemon that sets routes
again and again. Beyond it a link would follow too late for who is about to scan it."""


class NetworkChanges(Protocol):
    """Tells that something about the network has changed."""

    async def within(self, seconds: float) -> bool:
        """Wait for a change, no longer than that; whether there may have been one."""
        ...


@contextlib.contextmanager
def network_changes() -> Iterator[NetworkChanges]:
    """Have the kernel tell of changes until left; every time is one where it does not."""
    loop = asyncio.get_running_loop()
    with contextlib.ExitStack() as stack:
        try:
            netlink = stack.enter_context(_open())
        except OSError as error:
            log.info(
                "The kernel does not tell of changes of the network (%s): they are looked for "
                "every few seconds.",
                error.strerror or error,
            )
            yield Unannounced()
            return
        changes = Announced(netlink)
        loop.add_reader(netlink, changes.take)
        stack.callback(loop.remove_reader, netlink)
        yield changes


class Unannounced:
    """Stands in where the kernel does not tell: there may always have been a change."""

    async def within(self, seconds: float) -> bool:
        """See NetworkChanges.within."""
        await asyncio.sleep(seconds)
        return True


class Announced:
    """Gathers bursts of the kernel's messages."""

    def __init__(self, netlink: socket.socket) -> None:
        self._netlink = netlink
        self._told = asyncio.Event()

    def take(self) -> None:
        """Take a message off the socket, if it has one."""
        with contextlib.suppress(BlockingIOError):
            self._netlink.recv(1)  # the kernel drops the rest of the message
        self._told.set()

    async def within(self, seconds: float) -> bool:
        """See NetworkChanges.within."""
        try:
            async with asyncio.timeout(seconds):
                await self._told.wait()
        except TimeoutError:
            return False
        clock = asyncio.get_running_loop().time
        longest = clock() + LONGEST
        while self._told.is_set() and clock() < longest:
            self._told.clear()
            await asyncio.sleep(SETTLE)
        return True


def _open() -> socket.socket:
    netlink = socket.socket(
        socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_NONBLOCK, socket.NETLINK_ROUTE
    )
    try:
        # More than the buffer holds is no error: libuv would listen no more after one, and whatever
        # is in the buffer tells that something has changed.
        netlink.setsockopt(_SOL_NETLINK, _NETLINK_NO_ENOBUFS, 1)
        netlink.bind((0, _GROUPS))
    except OSError:
        netlink.close()
        raise
    return netlink
