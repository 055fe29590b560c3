"""One order, or one question for advice, at the authority that the configuration names."""

import asyncio
import logging
from contextlib import AsyncExitStack

from cryptography import x509

from homecall_appliance.acme.account import Account, is_lost, register
from homecall_appliance.acme.advice import ask_for_advice
from homecall_appliance.acme.authority import Authority, Directory, Problem
from homecall_appliance.acme.challenges import Solver
from homecall_appliance.acme.clock import Clock
from homecall_appliance.acme.dns01 import DnsRecords
from homecall_appliance.acme.http import USER_AGENT, Http, trusting
from homecall_appliance.acme.http01 import HttpTokens
from homecall_appliance.acme.jose import certificate_id
from homecall_appliance.acme.order import Order, Orders, Wanted
from homecall_appliance.acme.propagation import Dns
from homecall_appliance.acme.providers import txt_provider
from homecall_appliance.acme.schedule import Window
from homecall_appliance.acme.state import Settings, State

logger = logging.getLogger(__name__)


class AcmeClient:
    """Asks the authority when it is told to; when that is, it does not know."""

    def __init__(
        self, settings: Settings, state: State, tokens: HttpTokens, clock: Clock, dns: Dns
    ) -> None:
        """`tokens` is what the plain port answers challenges from."""
        self._settings = settings
        self._state = state
        self._tokens = tokens
        self._clock = clock
        self._dns = dns
        self.notice: str | None = None
        """What of the configuration was left out of the last order: a sentence, or None."""

    async def obtain(self, former: x509.Certificate | None) -> bytes:
        """Order a certificate in the place of the former one, and return it as PEM: a new private
        key, the certificate, its chain. Raises AcmeError, and OSError where an account cannot be
        kept."""
        async with AsyncExitStack() as stack:
            http = await stack.enter_async_context(await self._http())
            authority = Authority(http, self._settings.directory, self._clock.now)
            wanted = self._wanted(await authority.directory(), former)
            solver = self._solver(await self._for_provider(http, stack))
            orders, order = await self._begin(authority, wanted, solver)
            return await orders.complete(order)

    async def advice(self, certificate: x509.Certificate) -> tuple[Window | None, float]:
        """See ask_for_advice."""
        async with await self._http() as http:
            authority = Authority(http, self._settings.directory, self._clock.now)
            return await ask_for_advice(authority, certificate)

    async def _begin(
        self, authority: Authority, wanted: Wanted, solver: Solver
    ) -> tuple[Orders, Order]:
        """Place an order by the account that is kept, or by a new one where it is lost."""
        known = await asyncio.to_thread(self._state.account_file.load, self._settings.email)
        if known:
            orders = Orders(authority, known, solver, self._clock)
            try:
                return orders, await orders.begin(wanted)
            except Problem as problem:
                if not is_lost(problem):
                    raise
                logger.info("The account is replaced: %s", problem)
        orders = Orders(authority, await self._register(authority), solver, self._clock)
        return orders, await orders.begin(wanted)

    def _wanted(self, directory: Directory, former: x509.Certificate | None) -> Wanted:
        wanted, offered = self._settings.profile, directory.profiles
        missing = wanted and wanted not in offered
        self.notice = None
        if missing:
            self.notice = (
                f"The authority has no profile {wanted} (it has {', '.join(offered) or 'none'}), "
                "so certificates are of its usual kind. Correct tls.acme.profile, or empty it."
            )
        replaces = certificate_id(former) if former and directory.renewal_info else None
        return Wanted(self._settings.domain, "" if missing else wanted, replaces)

    def _solver(self, http: Http) -> Solver:
        settings = self._settings
        provider = txt_provider(settings.provider, settings.environment, http)
        if provider is None:
            return self._tokens
        return DnsRecords(provider, self._dns, self._clock, settings.propagation_timeout)

    async def _register(self, authority: Authority) -> Account:
        account = await register(authority, self._settings.email)
        await asyncio.to_thread(self._state.account_file.save, account)
        return account

    async def _http(self) -> Http:
        """A client for the authority, which an owner may trust by a root of its own."""
        return Http(USER_AGENT, await asyncio.to_thread(trusting, self._roots))

    async def _for_provider(self, http: Http, stack: AsyncExitStack) -> Http:
        """A client for the DNS provider: that root is not for it."""
        if not self._roots:
            return http
        tls = await asyncio.to_thread(trusting)
        return await stack.enter_async_context(Http(USER_AGENT, tls))

    @property
    def _roots(self) -> str:
        return self._settings.environment.get("LEGO_CA_CERTIFICATES", "")
