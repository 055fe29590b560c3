"""Keeps a certificate of a public authority in a file, and tells what is in the way."""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import NoReturn

from cryptography import x509

from homecall_appliance.acme.authority import ClockError
from homecall_appliance.acme.client import AcmeClient
from homecall_appliance.acme.clock import Clock
from homecall_appliance.acme.failures import AcmeError
from homecall_appliance.acme.http01 import HttpTokens
from homecall_appliance.acme.propagation import Dns
from homecall_appliance.acme.schedule import (
    ADVICE_INTERVAL,
    LEAST_RESERVE,
    Attempts,
    Task,
    Window,
    next_step,
)
from homecall_appliance.acme.state import Settings, State, validity
from homecall_appliance.faults.containment import contained, described
from homecall_appliance.storage.advice import advice

logger = logging.getLogger(__name__)

DOUBT_INTERVAL = 600.0
"""Seconds after which the authority's clock is looked at again where this machine's differs, unless
that is set before."""

ON_ITS_WAY = "A certificate for {domain} is on its way: it takes a minute or two."


class Renewal:
    """Orders a certificate when one is due, as long as it runs.

    A failure changes nothing of the file: it is told by `problem`, and tried again.
    """

    def __init__(
        self,
        settings: Settings,
        directory: Path,
        tokens: HttpTokens,
        *,
        earliest: datetime,
        on_change: Callable[[], None] = lambda: None,
        clock: Clock = Clock(),  # noqa: B008 - frozen
        dns: Dns = Dns(),  # noqa: B008 - frozen
    ) -> None:
        """Read what is in `directory`, that of the appliance's state.

        `tokens` is what the plain port answers challenges from; `earliest` a time of day that has
        been. `on_change` is called when the file or `problem` or `notice` is another.
        """
        self._domain = settings.domain
        self._state = State(directory, settings)
        self._client = AcmeClient(settings, self._state, tokens, clock, dns)
        self._earliest = earliest
        self._on_change = on_change
        self._clock = clock
        self._attempts = self._state.attempts(clock.now(), clock.uptime())
        self.problem: str | None = None
        """Why there is no certificate, or no newer one: a sentence for the owner, or None."""

        found = None
        with contextlib.suppress(OSError):
            found = self._state.certificate()
        self._take(found)
        self._unwritten: bytes | None = None
        self._kept_until = 0.0
        self._clock_was_wrong = False
        self._doubted: float | None = None
        """By how much the time of day was ahead of the uptime, in seconds, when the authority's
        clock showed another; None: it shows the same."""

    @property
    def notice(self) -> str | None:
        """What the owner should know although nothing is wrong: a sentence, or None."""
        return self._client.notice

    @property
    def certificate_file(self) -> Path:
        """Where the private key, the certificate and its chain are (PEM), if there is one."""
        return self._state.certificate_file

    async def run(self) -> NoReturn:
        """Do what is due when it is, until cancelled."""
        while True:
            await self._clock.sleep(await self.do_what_is_due())

    def try_again(self) -> None:
        """Do not wait for the end of a pause after a failure, but for one that was demanded: to be
        called when the network is another."""
        if self._attempts.failures and not self._attempts.demanded:
            self._attempts = replace(self._attempts, until=self._clock.uptime())

    async def do_what_is_due(self) -> float:
        """Do it; return after how many seconds to look again."""
        await self._look()
        if self._doubted is not None and abs(self._clock_offset - self._doubted) > 1.0:
            self._advice_at = self._clock.uptime()  # it was set
        step = next_step(
            self._validity,
            self._window,
            self._attempts,
            advice_at=self._advice_at,
            now=self._clock.now(),
            uptime=self._clock.uptime(),
            earliest=self._earliest,
        )
        if self._clock_was_wrong and step.task is not Task.CLOCK:
            await self._believe_clock()
            return 0.0
        match step.task:
            case Task.NOTHING if self.problem and self._doubted is None:
                # What has failed was never due: the clock was ahead, or the advice is another.
                if not self._attempts.demanded:
                    self._attempts = Attempts()
                self.problem = None
                self._on_change()
            case Task.CLOCK:
                self._clock_was_wrong = True
                self._tell(
                    f"This machine's clock shows {self._clock.now():%Y-%m-%d %H:%M} UTC, which has "
                    "been, so no certificate is ordered. Set the clock right: timedatectl tells "
                    "whether it follows the network's time."
                )
            case Task.ADVICE:
                await self._ask_for_advice()
            case Task.ORDER:
                await self._order()
            case Task.PAUSE if self._attempts.reason not in (self.problem or ""):
                # It was in a former run, or the clock was wrong since.
                self._tell_of_failure()
        return step.wait

    async def _look(self) -> None:
        """See what is in the file: an owner who removes it wants another certificate. What removes
        it again and again gets no more than one in this time."""
        with contextlib.suppress(OSError):
            found, uptime = await asyncio.to_thread(self._state.certificate), self._clock.uptime()
            if found == self._certificate or (found is None and uptime < self._kept_until):
                return
            self._kept_until = uptime + LEAST_RESERVE.total_seconds()
            self._take(found)
            self._on_change()

    async def _believe_clock(self) -> None:
        """Reckon anew what was reckoned by a wrong clock: how long ago the last attempt was."""
        self._clock_was_wrong = False
        self._attempts = await asyncio.to_thread(self._state.attempts, *self._clocks)
        self.problem = None
        self._take(self._certificate)
        self._on_change()

    def _take(self, certificate: x509.Certificate | None) -> None:
        self._certificate = certificate
        self._validity = validity(certificate) if certificate else None
        self._window: Window | None = None
        self._advice_at = self._clock.uptime()
        self._doubted = None
        if certificate is None and self.problem is None:
            self.problem = ON_ITS_WAY.format(domain=self._domain)

    @property
    def _clocks(self) -> tuple[datetime, float]:
        return self._clock.now(), self._clock.uptime()

    @property
    def _clock_offset(self) -> float:
        return self._clock.now().timestamp() - self._clock.uptime()

    async def _ask_for_advice(self) -> None:
        interval = ADVICE_INTERVAL
        try:
            if self._certificate:
                self._window, interval = await self._client.advice(self._certificate)
            self._doubted = None
        except ClockError as error:
            # By the right time, the certificate may have ended, or be due.
            self._doubted, interval = self._clock_offset, DOUBT_INTERVAL
            if not self._attempts.failures:  # an order that has failed is told, with the reason
                self._tell(str(error))
        except AcmeError as error:
            logger.info("The authority does not tell when it wants a renewal: %s", error)
        self._advice_at = self._clock.uptime() + interval

    async def _order(self) -> None:
        faults: list[Exception] = []
        with contained(faults.append):
            await self._try_order()
        for fault in faults:
            # Counted as any other, for the authority's sake.
            sentence = f"The order has failed by a fault of the appliance: {described(fault)}."
            await self._fail(AcmeError(f"{sentence} It is tried again by itself."))

    async def _try_order(self) -> None:
        try:
            if self._unwritten is None:
                # Where nothing can be kept, the authority is not troubled.
                await asyncio.to_thread(self._state.keep_attempts, self._attempts, *self._clocks)
                self._unwritten = await self._client.obtain(self._certificate)
            await asyncio.to_thread(self._state.keep_certificate, self._unwritten)
        except AcmeError as error:
            await self._fail(error)
        except OSError as error:
            await self._fail(
                AcmeError(
                    f"The certificate cannot be kept in {self.certificate_file.parent} "
                    f"({error.strerror or error}). {advice(error)}"
                )
            )
        else:
            await self._succeed(x509.load_pem_x509_certificate(self._unwritten))

    async def _succeed(self, certificate: x509.Certificate) -> None:
        self._unwritten = None
        self._take(certificate)
        await self._keep(Attempts.succeeded(self._clock.uptime(), validity(certificate)))
        logger.info(
            "There is a new certificate for %s, valid until %s.",
            self._domain,
            _day(certificate.not_valid_after_utc),
        )
        self.problem = None
        self._on_change()

    async def _fail(self, error: AcmeError) -> None:
        await self._keep(
            self._attempts.failed(
                self._clock.uptime(), error.pauses, error.retry_after, reason=str(error)
            )
        )
        self._tell_of_failure()

    def _tell_of_failure(self) -> None:
        sentence = f"{self._standing()} {self._attempts.reason}"
        if self._attempts.demanded:
            pause = timedelta(seconds=self._attempts.until - self._clock.uptime())
            sentence += (
                f" The next attempt is after {self._clock.now() + pause:%Y-%m-%d %H:%M} UTC."
            )
        self._tell(sentence)

    def _standing(self) -> str:
        domain = self._domain
        if self._certificate is None:
            return f"There is no certificate for {domain} yet."
        end = self._certificate.not_valid_after_utc
        if self._clock.now() < end:
            return f"The certificate for {domain}, valid until {_day(end)}, could not be renewed."
        return f"The certificate for {domain} has ended on {_day(end)}, and there is no new one."

    async def _keep(self, attempts: Attempts) -> None:
        self._attempts = attempts
        try:
            await asyncio.to_thread(self._state.keep_attempts, attempts, *self._clocks)
        except OSError as error:
            logger.info("A restart will forget when the next order may be made: %s", error)

    def _tell(self, problem: str) -> None:
        if problem != self.problem:
            logger.warning("%s", problem)
            self.problem = problem
            self._on_change()


def _day(when: datetime) -> str:
    return f"{when:%Y-%m-%d}"
