"""What may change around the appliance while it runs: its address, and the time of day."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager

from homecall_appliance.certificates.tls import Certificates
from homecall_appliance.network.addresses import is_connected, public_host
from homecall_appliance.network.home_network import HomeNetwork
from homecall_appliance.network.netlink import NetworkChanges, network_changes

log = logging.getLogger(__name__)

INTERVAL = 5.0
"""Seconds between two looks at the clock; and at the network, where the kernel does not tell of its
changes."""

LONGEST = 60.0
"""Seconds between two looks at the certificate, and at the network, where nothing was told."""

CLOCK_JUMP = 30.0
"""Seconds by which the time of day is set right, from which on the certificate may be affected."""


class NetworkMonitor:
    """Follows the addresses of this machine, and keeps the certificate fit for them and valid."""

    def __init__(
        self,
        wanted_host: str,
        home: HomeNetwork,
        certificates: Certificates,
        look_at_addresses: Callable[[], Awaitable[None]],
        on_change: Callable[[], None],
        *,
        changes: Callable[[], AbstractContextManager[NetworkChanges]] = network_changes,
        now: Callable[[], float] = time.time,
        uptime: Callable[[], float] = time.monotonic,
    ) -> None:
        """`wanted_host` is server.public_host, and `home` has the addresses of this machine that
        count. `look_at_addresses` is called again and again, and `on_change` when there is another
        host, or another problem with the certificate. `now` and `uptime` are in seconds, and
        `uptime` never jumps."""
        self._home = home
        self._wanted_host = wanted_host
        self.host, self.address, self.connected = self._found()
        """The host in links, the one where a name is of no use, and whether a phone can reach this
        machine at all."""

        self._missing: list[str] = []
        self._certificates = certificates
        self._refreshing = asyncio.Lock()
        self._look_at_addresses = look_at_addresses
        self._on_change = on_change
        self._changes = changes
        self._now = now
        self._uptime = uptime

    async def refresh_certificate(self) -> None:
        """Serve the best certificate that there is: to be called when there may be another."""
        async with self._refreshing:
            before = self._certificates.problem
            try:
                if await asyncio.to_thread(self._certificates.refresh):
                    log.info("New connections get a new certificate.")
            except OSError as error:  # too many files are open
                log.warning("Whether the certificate is due cannot be found out: %s.", error)
        if self._certificates.problem != before:
            self._on_change()

    async def watch(self) -> None:
        """Follow them, until cancelled."""
        with self._changes() as changes:
            due, offset = True, self._clock_offset()
            while True:
                if due:
                    looked = self._uptime()
                    await self._look()
                await self._look_at_addresses()
                before, offset = offset, self._clock_offset()
                jumped = abs(offset - before) > CLOCK_JUMP
                if due or jumped or self._certificates.problem:
                    await self.refresh_certificate()
                changed = await changes.within(INTERVAL)
                due = changed or self._uptime() - looked >= LONGEST

    async def _look(self) -> None:
        try:
            host, address, connected = await asyncio.to_thread(self._found)
        except OSError as error:  # too many files are open
            log.warning("The addresses of this machine cannot be listed: %s.", error)
            return
        self._tell_missing(self._home.missing())
        if (host, address, connected) == (self.host, self.address, self.connected):
            return
        if not connected:
            log.warning("There is no network: no phone can reach the appliance.")
        elif host != self.host or not self.connected:
            log.info("The address of the appliance has changed: the link is a new one.")
        self.host, self.address, self.connected = host, address, connected
        self._on_change()

    def _tell_missing(self, missing: list[str]) -> None:
        for name in missing:
            if name not in self._missing:
                log.warning(
                    "server.interfaces names %s, and there is no such network interface: its "
                    "addresses count as soon as it is there.",
                    name,
                )
        self._missing = missing

    def _found(self) -> tuple[str, str, bool]:
        wanted, home = self._wanted_host, self._home
        return public_host(wanted, home), public_host("auto", home), is_connected(wanted, home)

    def _clock_offset(self) -> float:
        return self._now() - self._uptime()
