"""Keeps the addresses of the owner's name in the DNS where the appliance is."""

import asyncio
import logging
from collections.abc import Callable, Iterable
from typing import NoReturn

from homecall_appliance.acme.clock import Clock
from homecall_appliance.acme.failures import AcmeError, Pauses
from homecall_appliance.acme.http import USER_AGENT, Http, trusting
from homecall_appliance.acme.ports import AddressProvider, IPAddress
from homecall_appliance.acme.propagation import Dns
from homecall_appliance.acme.providers import address_provider
from homecall_appliance.acme.schedule import Attempts
from homecall_appliance.acme.state import Settings

logger = logging.getLogger(__name__)

PAUSES = Pauses(5.0, 600.0)
"""Until an address is published, phones are led to where nobody is."""

LOOK_INTERVAL = 3600.0
"""Seconds between two looks whether the name still has what it was given: a router's own client for
the same name may have changed it, or the owner."""

_TICK = 1.0
"""Seconds after which other addresses are seen within a pause."""


class AddressKeeper:
    """Publishes the addresses that it is told of, as long as it runs, and tells what is in the way.

    Where the configuration has neither a provider that can, nor a command, it does nothing.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        on_change: Callable[[], None] = lambda: None,
        clock: Clock = Clock(),  # noqa: B008 - frozen
        dns: Dns = Dns(),  # noqa: B008 - frozen
    ) -> None:
        """`on_change` is called when `published` or `problem` is another."""
        self._settings = settings
        self._on_change = on_change
        self._clock = clock
        self._dns = dns
        self._wanted = self._tried = frozenset[IPAddress]()
        self.published = frozenset[IPAddress]()
        """The addresses that the name has got, as far as is known."""

        self.tried = asyncio.Event()
        """Set from when on addresses were published, or could not be."""

        self._changed = asyncio.Event()
        self._attempts = Attempts()
        self.problem: str | None = None
        """Why the name does not lead here: a sentence for the owner, or None."""

    @property
    def expected(self) -> frozenset[IPAddress]:
        """The addresses that the name ought to have in the DNS; none where that is the owner's own
        business, or a command's."""
        return self._wanted if self._reads_dns else frozenset()

    def keep_addresses(self, addresses: Iterable[IPAddress]) -> None:
        """Let the name have these addresses, those at home, in the place of all others; without
        any, it keeps what it has. To be called again when they may have changed."""
        self._wanted = frozenset(addresses)
        self._changed.set()

    async def run(self) -> NoReturn:
        """Publish what is wanted, again and again where it fails, until cancelled."""
        while True:
            if not self._wanted or self._wanted == self.published:
                await self._look_after_published()
            elif self._pause > 0:
                await self._clock.sleep(_TICK)
            else:
                await self._publish(self._wanted)

    async def _look_after_published(self) -> None:
        """Wait for other addresses, but not too long to see that the name has lost what it got."""
        if await self._changes_within(LOOK_INTERVAL) or not (self._reads_dns and self.published):
            return
        if False in await self._has(self.published):
            name = self._settings.domain
            logger.warning("Somebody has changed the addresses of %s: they are set again.", name)
            self.published = frozenset()

    async def _changes_within(self, seconds: float) -> bool:
        """Whether other addresses are wanted before so many seconds are over."""
        self._changed.clear()
        changed = asyncio.create_task(self._changed.wait())
        pause = asyncio.ensure_future(self._clock.sleep(seconds))
        try:
            await asyncio.wait([changed, pause], return_when=asyncio.FIRST_COMPLETED)
            return changed.done()
        finally:
            changed.cancel()
            pause.cancel()

    @property
    def _reads_dns(self) -> bool:
        """Whether it is the provider that has the addresses, and they are to be found in the DNS: a
        command may have more to do than to change them."""
        return self._settings.provider not in {"", "exec"} and not self._settings.address_command

    @property
    def _pause(self) -> float:
        """Seconds until it may be tried again: other addresses at once, unless it was demanded."""
        if self._wanted != self._tried and not self._attempts.demanded:
            return 0.0
        return self._attempts.until - self._clock.uptime()

    async def _publish(self, addresses: frozenset[IPAddress]) -> None:
        self._tried = addresses
        try:
            tls = await asyncio.to_thread(trusting)
            async with Http(USER_AGENT, tls) as http:
                provider = self._provider(http)
                found = await self._has(addresses) if self._reads_dns else []
                # After a restart, nothing is to be changed.
                if provider and not (found and all(found)):
                    await provider.set_addresses(self._settings.domain, in_order(addresses))
        except AcmeError as error:
            uptime = self._clock.uptime()
            self._attempts = self._attempts.failed(uptime, PAUSES, error.retry_after)
            self.published = frozenset()  # what has become of it is not known
            self._tell(f"The name {self._settings.domain} does not lead here. {error}")
        else:
            self._attempts, self.published = Attempts(), addresses
            self._tell(None)
        self.tried.set()

    def _provider(self, http: Http) -> AddressProvider | None:
        settings = self._settings
        return address_provider(
            settings.provider, settings.environment, settings.address_command, http
        )

    async def _has(self, addresses: frozenset[IPAddress]) -> list[bool]:
        """For each DNS server of the zone that answers, whether the name has just these there."""
        name = self._settings.domain
        servers = await self._dns.servers(name)
        found = await asyncio.gather(*(self._dns.addresses(each, name) for each in servers))
        return [each == addresses for each in found if each is not None]

    def _tell(self, problem: str | None) -> None:
        """Note what is in the way; None where other addresses are published."""
        if problem and problem == self.problem:
            return
        if problem:
            logger.warning("%s", problem)
        elif self.problem:
            logger.info("The name %s leads here again.", self._settings.domain)
        self.problem = problem
        self._on_change()


def in_order(addresses: Iterable[IPAddress]) -> list[IPAddress]:
    """Addresses as they are published: IPv4 first, and those of the local network (RFC 4193)
    before others, since they change least."""
    return sorted(addresses, key=lambda each: (each.version, not each.is_private, int(each)))
