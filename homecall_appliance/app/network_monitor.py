"""What may change around the appliance while it runs: its address, and the time of day."""

import asyncio
import itertools
import logging
import time
from collections.abc import Awaitable, Callable

from homecall_appliance.web.addresses import is_connected, public_host
from homecall_appliance.web.home_network import HomeNetwork
from homecall_appliance.web.tls import Certificates

log = logging.getLogger(__name__)

INTERVAL = 5.0
"""Seconds between two looks at the addresses of this machine."""

CERTIFICATE_TICKS = 12
"""Intervals between two looks at the certificate: a minute."""

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
    ) -> None:
        """`wanted_host` is server.public_host, and `home` has the addresses of this machine that
        count. `look_at_addresses` is called again and again, and `on_change` when there is another
        host, or another problem with the certificate."""
        self._home = home
        self._wanted_host = wanted_host
        self.host, self.connected = self._found()
        """The host in links, and whether a phone can reach this machine at all."""

        self._certificates = certificates
        self._look_at_addresses = look_at_addresses
        self._on_change = on_change

    async def watch(self) -> None:
        """Follow, until cancelled."""
        clock = _clock_offset()
        for tick in itertools.count(1):
            await asyncio.sleep(INTERVAL)
            before, clock = clock, _clock_offset()
            moved = await self._has_moved()
            await self._look_at_addresses()
            jumped = abs(clock - before) > CLOCK_JUMP
            if moved or jumped or self._certificates.problem or tick % CERTIFICATE_TICKS == 0:
                await self._refresh_certificate()

    async def _has_moved(self) -> bool:
        host, connected = await asyncio.to_thread(self._found)
        if (host, connected) == (self.host, self.connected):
            return False
        if not connected:
            log.warning("There is no network: no phone can reach the appliance.")
        else:
            log.info("The address of the appliance has changed: the link is a new one.")
        self.host, self.connected = host, connected
        self._on_change()
        return True

    async def _refresh_certificate(self) -> None:
        before = self._certificates.problem
        if await asyncio.to_thread(self._certificates.refresh):
            log.info("New connections get a new certificate.")
        if self._certificates.problem != before:
            self._on_change()

    def _found(self) -> tuple[str, bool]:
        wanted, home = self._wanted_host, self._home
        return public_host(wanted, home), is_connected(wanted, home)


def _clock_offset() -> float:
    return time.time() - time.monotonic()
