"""A certificate of a public authority (tls.acme), and the addresses of its name."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Collection, Coroutine
from pathlib import Path
from typing import Any, NoReturn

from homecall_appliance.acme.addresses import AddressKeeper
from homecall_appliance.acme.http01 import HttpTokens
from homecall_appliance.acme.renewal import Renewal
from homecall_appliance.acme.state import Settings
from homecall_appliance.certificates.authority import RELEASED
from homecall_appliance.certificates.opening import OwnerFiles
from homecall_appliance.config.model import Tls
from homecall_appliance.faults.containment import contained, described
from homecall_appliance.network.addresses import IPAddress, home_addresses
from homecall_appliance.network.home_network import HomeNetwork

log = logging.getLogger(__name__)

AFTER_A_FAULT = 600.0
"""Seconds until it is tried again after a fault of our own: a certificate is not worth the calls
that the end of the daemon would cost."""


PUBLISHING = 30.0
"""Seconds for which the name is not asked for while it gets its addresses for the first time."""


class PublicCertificate:
    """Gets the certificate and renews it, and keeps the name's addresses at those of the home."""

    def __init__(self, tls: Tls, home: HomeNetwork) -> None:
        acme = tls.acme
        settings = Settings(
            domain=acme.domain,
            directory=acme.directory,
            email=acme.email,
            provider=acme.provider,
            environment=acme.environment,
            profile=acme.profile,
            propagation_timeout=acme.propagation_timeout,
            address_command=acme.address_command,
        )
        self._home = home
        self._tokens = HttpTokens()
        self._changed = asyncio.Event()
        self._renewal = Renewal(
            settings,
            Path(tls.state_directory),
            self._tokens,
            earliest=RELEASED,
            on_change=self._changed.set,
        )
        self._keeper = AddressKeeper(settings, on_change=self._changed.set)
        self._addresses: list[IPAddress] = []
        self._had_network = False

    @property
    def certificate_file(self) -> Path:
        """Where the private key, the certificate and its chain are (PEM), once there is one."""
        return self._renewal.certificate_file

    @property
    def problem(self) -> str | None:
        """What is in the way, and what to do: sentences, or None."""
        told = [self._renewal.problem, self._keeper.problem]
        return " ".join(filter(None, told)) or None

    @property
    def notice(self) -> str | None:
        """What the owner should know although nothing is wrong: a sentence, or None."""
        return self._renewal.notice

    @property
    def name_addresses(self) -> Collection[IPAddress]:
        """The addresses that the name ought to have; none where others see to them."""
        return self._keeper.expected

    async def name_published(self) -> None:
        """Wait until the name has got its addresses, or could not: a while at most."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PUBLISHING):
                await self._keeper.tried.wait()

    def challenge_response(self, token: str) -> str | None:
        """What the authority is to find at the plain port; None where it looks for nothing."""
        return self._tokens.answer(token)

    def look_at_addresses(self) -> None:
        """Let the name have the addresses of the moment, and try again what another network may
        bring about. Raises OSError."""
        found = lasting(home_addresses(self._home))
        if found == self._addresses:
            return
        if found and self._had_network:  # a daemon that starts again and again keeps its pauses
            self._renewal.try_again()
        self._had_network |= bool(found)
        self._addresses = found
        self._keeper.keep_addresses(found)
        self._changed.set()

    async def run(self, on_change: Callable[[], Awaitable[None]]) -> None:
        """Do what is due, until cancelled.

        `on_change` is called when there is another certificate, when the name ought to have other
        addresses and when it has got them, and when `problem` or `notice` is another.
        """

        async def pass_on() -> NoReturn:
            while True:
                await self._changed.wait()
                self._changed.clear()
                await on_change()

        async with asyncio.TaskGroup() as group:
            for each in (self._renewal.run, self._keeper.run, pass_on):
                group.create_task(_kept_up(each))


def owner_files(tls: Tls, public: PublicCertificate | None) -> OwnerFiles | None:
    """Return where an owner's certificate is; None where the appliance's own authority is all."""
    if public:
        return OwnerFiles(public.certificate_file, public.certificate_file, public)
    if tls.mode == "files":
        return OwnerFiles(Path(tls.certificate), Path(tls.private_key))
    return None


def lasting(addresses: list[IPAddress]) -> list[IPAddress]:
    """The addresses for the name, of those of the home, the best first: one of each family, and
    none that only this network's own cable knows (RFC 3927; RFC 4291, section 2.5.6)."""
    best: dict[int, IPAddress] = {}
    for each in addresses:
        if not (each.is_link_local or each.is_loopback):
            best.setdefault(each.version, each)
    return list(best.values())


async def _kept_up(work: Callable[[], Coroutine[Any, Any, NoReturn]]) -> NoReturn:
    while True:
        with contained(_tell):
            await work()
        await asyncio.sleep(AFTER_A_FAULT)


def _tell(error: Exception) -> None:
    log.error("Getting a certificate has failed: %s. It is tried again.", described(error))
